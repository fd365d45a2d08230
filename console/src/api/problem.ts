/** An error response of the API, or no response at all (`status` 0). */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly correlationId = "",
    readonly kind = "about:blank",
    readonly retryAfter: number | null = null,
  ) {
    super(detail || title);
    this.name = "ProblemError";
  }

  get offline() {
    return this.status === 0;
  }
}

/** Reads problem+json, and also the error pages of proxies. */
export function problemOf(response: Response, body: unknown): ProblemError {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof problem[name] === "string" ? problem[name] : "");
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new ProblemError(
    response.status,
    text("title") || `HTTP ${response.status}`,
    text("detail"),
    text("correlationId") || (response.headers.get("X-Correlation-Id") ?? ""),
    text("type") || "about:blank",
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
  );
}
