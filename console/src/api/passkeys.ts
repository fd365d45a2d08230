import { startSession } from "@/api/authentication";
import { api, unwrap } from "@/api/client";

/** Whether this browser speaks of passkeys as the API does: in JSON. */
export const supportsPasskeys = () =>
  "PublicKeyCredential" in globalThis && "parseRequestOptionsFromJSON" in PublicKeyCredential;

const told = (credential: Credential | null) => {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("No passkey answered.");
  return credential.toJSON() as Record<string, never>;
};

/** Makes one on a device of the person's choice; throws where they do not want to, or the API refuses it. */
export async function createPasskey(name: string) {
  const { publicKey } = await unwrap(api.POST("/api/auth/passkeys/options"));
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey as never);
  const credential = told(await navigator.credentials.create({ publicKey: options }));
  return unwrap(api.POST("/api/auth/passkeys", { body: { name, credential } }));
}

/** Signs in; with `email` given nobody else. */
export async function signInWithPasskey(email?: string, org?: string) {
  const { publicKey } = await unwrap(api.POST("/api/auth/passkeys/login/options"));
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey as never);
  const credential = told(await navigator.credentials.get({ publicKey: options }));
  const body = { credential, keep: "cookie" as const, ...(org ? { org } : {}) };
  const session = await unwrap(api.POST("/api/auth/passkeys/login", { body }));
  if (email !== undefined && session.user.email !== email) {
    await unwrap(api.POST("/api/auth/logout")).catch(() => {}); // it was somebody else's
    throw new Error(`This passkey is of ${session.user.email}.`);
  }
  startSession(session);
}
