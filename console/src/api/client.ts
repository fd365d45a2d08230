import createClient from "openapi-fetch";
import { ProblemError, problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";
import { session, setSession, signedInAgain, token } from "@/api/session";
import { reportNoResponse, reportResponse } from "@/live/connection";

const DEADLINE_MS = 20_000;

async function attempt(request: Request): Promise<Response> {
  const sent = new Request(request, {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)]),
  });
  const held = token();
  if (held) sent.headers.set("Authorization", `Bearer ${held}`);
  try {
    const response = await fetch(sent);
    reportResponse();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    reportNoResponse();
    throw new ProblemError(0, "No answer", "");
  }
}

type Renewing = () => Promise<boolean>;
let renewing: Renewing = async () => false;

/** Who fetches the next access token: told from outside, since that needs this client itself. */
export const setTokenRefresh = (how: Renewing) => {
  renewing = how;
};

/** Where nobody is signed in yet: a 401 is the answer there. */
const OPEN = /^\/api\/auth\/(login|refresh|logout|bootstrap|register|password\/reset)$/;

/**
 * One request. Where the access token is over it fetches the next one; where the session is over it waits for
 * the person to sign in again. Then it asks once more.
 */
async function patient(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await attempt(request);
  if (response.status !== 401 || OPEN.test(new URL(request.url).pathname)) return response;
  // What acts on much asks for a fresh login: the next token of an old one would not do.
  const told: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const fresh = problemOf(response, told).kind.endsWith("step_up_required");
  if (!fresh && (await renewing())) return attempt(again);
  const current = session();
  if (current.state === "in") setSession({ state: "expired", user: current.user, fresh });
  if (session().state !== "expired") return response;
  await signedInAgain();
  return attempt(again);
}

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin, fetch: patient });

type Answer<Data> = { data?: Data | undefined; error?: unknown; response: Response };

/** The data of an answer; every other answer is thrown as a ProblemError. */
export async function unwrap<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await asked;
  if (!response.ok) throw problemOf(response, error);
  return data as Data;
}
