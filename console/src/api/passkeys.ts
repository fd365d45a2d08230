import { startSession } from "@/api/authentication";
import { api, unwrap } from "@/api/client";
import { endStepUp } from "@/api/stepUp";

/** Whether this browser can exchange passkeys as JSON, as the API does. */
export const supportsPasskeys = () =>
  "PublicKeyCredential" in globalThis && "parseRequestOptionsFromJSON" in PublicKeyCredential;

const toJson = (credential: Credential | null) => {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("No passkey was used.");
  return credential.toJSON() as Record<string, never>;
};

/** Creates a passkey on a device that the user picks. Throws when the user cancels or the API refuses it. */
export async function createPasskey(name: string) {
  const { publicKey } = await unwrap(api.POST("/api/auth/passkeys/options"));
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey as never);
  const credential = toJson(await navigator.credentials.create({ publicKey: options }));
  return unwrap(api.POST("/api/auth/passkeys", { body: { name, credential } }));
}

/** Lets the user pick a passkey, which signs a challenge of the API. Throws when the user cancels. */
async function signChallenge() {
  const { publicKey } = await unwrap(api.POST("/api/auth/passkeys/login/options"));
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey as never);
  return toJson(await navigator.credentials.get({ publicKey: options }));
}

/** Proves the identity of the signed-in user again. The session stays the same. */
export async function proveIdentityWithPasskey() {
  const credential = await signChallenge();
  startSession(await unwrap(api.POST("/api/auth/passkeys/step-up", { body: { credential } })));
  endStepUp();
}

/** Signs in. With `email` only this user: a passkey of another one is refused. */
export async function signInWithPasskey(email?: string, org?: string) {
  const credential = await signChallenge();
  const body = { credential, keep: "cookie" as const, ...(org ? { org } : {}) };
  const session = await unwrap(api.POST("/api/auth/passkeys/login", { body }));
  if (email !== undefined && session.user.email !== email) {
    await unwrap(api.POST("/api/auth/logout")).catch(() => {});
    throw new Error(`This passkey belongs to ${session.user.email}.`);
  }
  startSession(session);
  endStepUp();
}
