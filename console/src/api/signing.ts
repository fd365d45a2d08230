import { api, ask } from "@/api/client";
import { setSession } from "@/api/session";

/** Signs in; throws a ProblemError where that fails. */
export async function signIn(email: string, password: string) {
  const told = await ask(api.POST("/api/auth/login", { body: { email, password } }));
  setSession({ state: "in", token: told.accessToken, user: told.user });
}

/** What a reload finds of the session. The token was in memory only, so: nothing. */
export async function restore() {
  setSession({ state: "out" });
}

export async function signOut() {
  setSession({ state: "out" });
}
