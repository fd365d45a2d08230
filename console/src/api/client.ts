import createClient from "openapi-fetch";
import { ProblemError, problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";
import { session, setSession, signedInAgain, token } from "@/api/session";
import { stepUp } from "@/api/stepUp";
import { reportNoResponse, reportResponse } from "@/live/connection";

const TIMEOUT_MS = 20_000;
/** The API waits up to 90 seconds for a browser that detects, tests or searches a dashboard. */
const BROWSER_TIMEOUT_MS = 100_000;
const USES_BROWSER =
  /^(POST|PUT) \/api\/dashboards(\/[^/]+(\/test)?)?$|^GET \/api\/dashboards\/[^/]+\/search$/;

const timeoutOf = (request: Request) =>
  USES_BROWSER.test(`${request.method} ${new URL(request.url).pathname}`) ? BROWSER_TIMEOUT_MS : TIMEOUT_MS;

async function send(request: Request): Promise<Response> {
  const attempt = new Request(request, {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutOf(request))]),
  });
  const accessToken = token();
  if (accessToken) attempt.headers.set("Authorization", `Bearer ${accessToken}`);
  try {
    const response = await fetch(attempt);
    reportResponse();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    reportNoResponse();
    throw new ProblemError(0, "No answer", "");
  }
}

type TokenRefresh = () => Promise<boolean>;
let refreshToken: TokenRefresh = async () => false;

/** Sets how the client gets the next access token. It is set from outside because it uses this client itself. */
export const setTokenRefresh = (refresh: TokenRefresh) => {
  refreshToken = refresh;
};

/** Paths that work without a session: for them 401 is the final answer. */
const PUBLIC = /^\/api\/auth\/(login|refresh|logout|bootstrap|register|password\/reset)$/;
/** The 401 of a wrong password, code or passkey: another access token would not help. */
const FINAL = /(invalid_credentials|second_factor_required)$/;

async function kindOf(response: Response): Promise<string> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return problemOf(response, body).kind;
}

/** Repeats a request after 401: with a new access token, or when the user has signed in again. */
async function sendSignedIn(request: Request): Promise<Response> {
  const copy = request.clone();
  const response = await send(request);
  if (response.status !== 401 || PUBLIC.test(new URL(request.url).pathname)) return response;
  const kind = await kindOf(response);
  if (FINAL.test(kind)) return response;
  // A new access token would still be of the old sign-in.
  if (kind.endsWith("step_up_required")) return (await stepUp()) ? sendSignedIn(copy) : response;
  if (await refreshToken()) return send(copy);
  const current = session();
  if (current.state === "in") setSession({ state: "expired", user: current.user });
  if (session().state !== "expired") return response;
  await signedInAgain();
  return send(copy);
}

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin, fetch: sendSignedIn });

type Result<Data> = { data?: Data | undefined; error?: unknown; response: Response };

/** The data of a successful response. Throws a ProblemError for any other one. */
export async function unwrap<Data>(request: Promise<Result<Data>>): Promise<Data> {
  const { data, error, response } = await request;
  if (!response.ok) throw problemOf(response, error);
  return data as Data;
}
