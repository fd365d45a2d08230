/** An answer that is an error, or no answer at all (`status` 0). */
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

/** Reads problem+json, and whatever else a proxy may answer. */
export function problemOf(response: Response, body: unknown): ProblemError {
  const told = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof told[name] === "string" ? (told[name] as string) : "");
  const wait = Number(response.headers.get("Retry-After"));
  return new ProblemError(
    response.status,
    text("title") || `HTTP ${response.status}`,
    text("detail"),
    text("correlationId") || (response.headers.get("X-Correlation-Id") ?? ""),
    text("type") || "about:blank",
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}
