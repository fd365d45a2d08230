import type { AuditEntry } from "@/api/schema";

export type Chain =
  | { state: "whole" | "apart"; entries: number; to: number }
  | { state: "broken"; seq: number };

/** The time as it was hashed: UTC with microseconds. */
function stamp(at: string): string {
  const [, seconds, fraction = ""] = /^(.*?T\d{2}:\d{2}:\d{2})(?:\.(\d+))?Z$/.exec(at) ?? [];
  return `${seconds}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}

/** What an entry's hash must be, in hex: SHA-256 over the chain's name and all parts, each with its length. */
export async function digest(entry: AuditEntry, org: string): Promise<string> {
  const parts = [
    `org_${org.replaceAll("-", "_")}`,
    String(entry.seq),
    stamp(entry.at),
    entry.actor,
    entry.deed,
    entry.subject,
    entry.result,
    entry.ip,
    entry.userAgent,
    entry.correlationId,
    entry.detail,
    entry.before,
    entry.after,
    entry.previous,
  ];
  const code = new TextEncoder();
  const told = parts.map((part) => `${code.encode(part).length}:${part}`).join("");
  const sum = await crypto.subtle.digest("SHA-256", code.encode(told));
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Calculates every entry again, newest first, and looks whether neighbours hold hands. `apart` where a filter
 * leaves entries out: those that are there are as they were written.
 */
export async function verify(
  entries: Iterable<AuditEntry> | AsyncIterable<AuditEntry>,
  org: string,
): Promise<Chain> {
  let apart = false;
  let newer: AuditEntry | null = null;
  let count = 0;
  let to = 0;
  for await (const entry of entries) {
    if ((await digest(entry, org)) !== entry.hash) return { state: "broken", seq: entry.seq };
    if (newer && entry.seq !== newer.seq - 1) apart = true;
    else if (newer && entry.hash !== newer.previous) return { state: "broken", seq: newer.seq };
    to ||= entry.seq;
    count += 1;
    newer = entry;
  }
  return { state: apart ? "apart" : "whole", entries: count, to };
}
