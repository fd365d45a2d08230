import createClient from "openapi-fetch";
import { ProblemError, problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";
import { session, setSession, signedInAgain, token } from "@/api/session";
import { heard, missed } from "@/live/connection";

const DEADLINE_MS = 20_000;

async function attempt(request: Request): Promise<Response> {
  const sent = new Request(request, {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)]),
  });
  const held = token();
  if (held) sent.headers.set("Authorization", `Bearer ${held}`);
  try {
    const response = await fetch(sent);
    heard();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    missed();
    throw new ProblemError(0, "No answer", "");
  }
}

/** One request. Where the session is over it waits for the person to sign in again, and asks once more. */
async function patient(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await attempt(request);
  if (response.status !== 401 || new URL(request.url).pathname.startsWith("/api/auth/login")) return response;
  const current = session();
  if (current.state === "in") setSession({ state: "expired", user: current.user });
  if (session().state !== "expired") return response;
  await signedInAgain();
  return attempt(again);
}

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin, fetch: patient });

type Answer<Data> = { data?: Data | undefined; error?: unknown; response: Response };

/** The data of an answer; every other answer is thrown as a ProblemError. */
export async function ask<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await asked;
  if (!response.ok) throw problemOf(response, error);
  return data as Data;
}
