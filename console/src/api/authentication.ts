import { api, unwrap } from "@/api/client";
import { ProblemError } from "@/api/problem";
import type { SessionResponse } from "@/api/schema";
import { session, setSession } from "@/api/session";
import { cancelStepUp, endStepUp } from "@/api/stepUp";

/** The next access token is requested this long before the current one expires. */
const REFRESH_AHEAD_S = 60;
const RETRY_MS = 5_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function startSession({ accessToken, user, expiresIn }: SessionResponse) {
  clearTimeout(timer);
  timer = setTimeout(() => void refreshSession(), Math.max(5, expiresIn - REFRESH_AHEAD_S) * 1000);
  setSession({ state: "in", token: accessToken, user });
}

/** Throws a ProblemError when signing in fails. The refresh token stays in a cookie that no script can read. */
export async function signIn(email: string, password: string, code?: string, org?: string) {
  const body = {
    email,
    password,
    keep: "cookie" as const,
    ...(code ? { code } : {}),
    ...(org ? { org } : {}),
  };
  startSession(await unwrap(api.POST("/api/auth/login", { body })));
  endStepUp();
}

/** Proves the identity of the signed-in user again. Throws a ProblemError. The session stays the same. */
export async function proveIdentity(password: string, code?: string) {
  startSession(
    await unwrap(api.POST("/api/auth/step-up", { body: { password, ...(code ? { code } : {}) } })),
  );
  endStepUp();
}

async function requestToken(): Promise<boolean> {
  try {
    startSession(await unwrap(api.POST("/api/auth/refresh")));
    return true;
  } catch (error) {
    const serverIsAway = error instanceof ProblemError && (error.offline || error.status >= 500);
    if (serverIsAway && session().state === "in") timer = setTimeout(() => void refreshSession(), RETRY_MS);
    return false;
  }
}

let refreshing: Promise<boolean> | null = null;

/** Exchanges the cookie for an access token; false without one. Tabs take turns: the cookie works once. */
export function refreshSession(): Promise<boolean> {
  const inTurn = async () =>
    navigator.locks ? await navigator.locks.request("ops-agent.renew", requestToken) : await requestToken();
  refreshing ??= inTurn().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Continues the session after a reload of the page. */
export async function restoreSession() {
  if (!(await refreshSession())) setSession({ state: "out" });
}

export async function signOut() {
  clearTimeout(timer);
  await unwrap(api.POST("/api/auth/logout")).catch(() => {}); // the local session ends in any case
  setSession({ state: "out" });
  cancelStepUp();
}

/** Ends all sessions of the user, this one included. */
export async function signOutEverywhere() {
  await unwrap(api.POST("/api/auth/logout/everywhere")).catch(() => {});
  await signOut();
}
