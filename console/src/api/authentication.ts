import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import type { Session } from "@/api/schema";
import { session, setSession } from "@/api/session";

/** So long before an access token is over the next one is fetched. */
const AHEAD_S = 60;
let timer: ReturnType<typeof setTimeout> | undefined;

export function startSession(told: Session) {
  clearTimeout(timer);
  timer = setTimeout(() => void renew(), Math.max(5, told.expiresIn - AHEAD_S) * 1000);
  setSession({ state: "in", token: told.accessToken, user: told.user });
}

/** Signs in; throws a ProblemError where that fails. The refresh token stays in a cookie that no script reads. */
export async function signIn(email: string, password: string, code?: string, org?: string) {
  const body = {
    email,
    password,
    keep: "cookie" as const,
    ...(code ? { code } : {}),
    ...(org ? { org } : {}),
  };
  startSession(await unwrap(api.POST("/api/auth/login", { body })));
}

let renewing: Promise<boolean> | null = null;

/** The next access token for the browser's cookie: whether there is one. Tabs take turns: a cookie works once. */
export function renew(): Promise<boolean> {
  const work = async (): Promise<boolean> => {
    try {
      startSession(await unwrap(api.POST("/api/auth/refresh")));
      return true;
    } catch (error) {
      if (
        error instanceof ProblemError &&
        (error.offline || error.status >= 500) &&
        session().state === "in"
      ) {
        timer = setTimeout(() => void renew(), 5_000);
      }
      return false;
    }
  };
  if (renewing) return renewing;
  const inTurn = async () =>
    navigator.locks ? await navigator.locks.request("ops-agent.renew", work) : await work();
  const running = inTurn().finally(() => {
    renewing = null;
  });
  renewing = running;
  return running;
}

/** What a reload finds of the session. */
export async function restoreSession() {
  if (!(await renew())) setSession({ state: "out" });
}

export async function signOut() {
  clearTimeout(timer);
  await unwrap(api.POST("/api/auth/logout")).catch(() => {}); // here it is over in any case
  setSession({ state: "out" });
}

/** Ends every session of the person, this one too. */
export async function signOutEverywhere() {
  await unwrap(api.POST("/api/auth/logout/everywhere")).catch(() => {}); // as above
  await signOut();
}
