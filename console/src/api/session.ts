import { useSyncExternalStore } from "react";
import type { User } from "@/api/schema";

/**
 * Who is signed in. The token lives in memory only: what a script could steal from storage is not there.
 * `expired` keeps the person and the page: signing in happens in place, and what was typed stays. `fresh`: not over, but too old for what is asked.
 */
export type Session =
  | { state: "starting" }
  | { state: "out" }
  | { state: "in"; token: string; user: User }
  | { state: "expired"; user: User; fresh: boolean };

let now: Session = { state: "starting" };
const ears = new Set<() => void>();

export function setSession(next: Session) {
  now = next;
  for (const ear of ears) ear();
}

export const session = () => now;

export const onSession = (ear: () => void) => {
  ears.add(ear);
  return () => ears.delete(ear);
};

export const useSession = () => useSyncExternalStore(onSession, session);

export const token = () => (now.state === "in" ? now.token : null);

/** The person, also while the session is over and they sign in again. Only where somebody is signed in. */
export function useUser(): User {
  const current = useSession();
  if (current.state === "in" || current.state === "expired") return current.user;
  throw new Error("nobody is signed in");
}

/** Resolves when somebody is signed in (again); rejects when they left instead. */
export function signedInAgain(): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (now.state === "expired") return;
      stop();
      if (now.state === "in") resolve();
      else reject(new Error("signed out"));
    };
    const stop = onSession(look);
    look();
  });
}
