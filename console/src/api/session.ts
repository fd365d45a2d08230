import type { User } from "@/api/schema";
import { createStore } from "@/store";

/**
 * The session of this page. The token lives in memory only: a script cannot read it from a storage.
 * `expired` keeps the user and the page, so that signing in happens in place and no input is lost.
 */
export type Session =
  | { state: "starting" }
  | { state: "out" }
  | { state: "in"; token: string; user: User }
  | { state: "expired"; user: User };

const store = createStore<Session>({ state: "starting" });

export const session = store.get;
export const setSession = store.set;
export const subscribeSession = store.subscribe;
export const useSession = store.use;

export const token = () => {
  const current = session();
  return current.state === "in" ? current.token : null;
};

/** The signed-in user, also while an expired session waits for the next sign-in. Throws without one. */
export function useUser(): User {
  const current = useSession();
  if (current.state === "in" || current.state === "expired") return current.user;
  throw new Error("There is no signed-in user.");
}

/** Resolves after the next sign-in; rejects when the user signs out instead. */
export function signedInAgain(): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const { state } = session();
      if (state === "expired") return;
      unsubscribe();
      if (state === "in") resolve();
      else reject(new Error("The user signed out."));
    };
    const unsubscribe = subscribeSession(check);
    check();
  });
}
