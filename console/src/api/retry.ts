import { ProblemError } from "@/api/problem";

/** A read is asked again where that can help: no answer, or a server that is busy. */
export function retry(failures: number, error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false;
  return (error.status === 0 || error.status >= 502) && failures < 2;
}
