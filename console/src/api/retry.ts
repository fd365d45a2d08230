import { ProblemError } from "@/api/problem";

/** Retries a read twice when the server gave no response or was unavailable. */
export function shouldRetry(failures: number, error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false;
  return (error.status === 0 || error.status >= 502) && failures < 2;
}
