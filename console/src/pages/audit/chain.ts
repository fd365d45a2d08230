import type { AuditEntry } from "@/api/schema";

export type Chain =
  | { state: "whole" | "filtered"; entries: number; to: number }
  | { state: "broken"; seq: number };

/** The time in the form that is hashed: UTC with microseconds. */
function hashedTime(at: string): string {
  const [, seconds, fraction = ""] = /^(.*?T\d{2}:\d{2}:\d{2})(?:\.(\d+))?Z$/.exec(at) ?? [];
  return `${seconds}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}

/** The expected hash of an entry, in hex: SHA-256 over the chain's name and all fields, each with its length. */
export async function digest(entry: AuditEntry, org: string): Promise<string> {
  const parts = [
    `org_${org.replaceAll("-", "_")}`,
    String(entry.seq),
    hashedTime(entry.at),
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
  const encoder = new TextEncoder();
  const message = parts.map((part) => `${encoder.encode(part).length}:${part}`).join("");
  const hash = await crypto.subtle.digest("SHA-256", encoder.encode(message));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Recalculates the hash of each entry, newest first, and compares the links of neighbours. `filtered`: entries
 * are missing in between, so only their own hashes are verified.
 */
export async function verify(
  entries: Iterable<AuditEntry> | AsyncIterable<AuditEntry>,
  org: string,
): Promise<Chain> {
  let filtered = false;
  let newer: AuditEntry | null = null;
  let count = 0;
  let to = 0;
  for await (const entry of entries) {
    if ((await digest(entry, org)) !== entry.hash) return { state: "broken", seq: entry.seq };
    if (newer && entry.seq !== newer.seq - 1) filtered = true;
    else if (newer && entry.hash !== newer.previous) return { state: "broken", seq: newer.seq };
    to ||= entry.seq;
    count += 1;
    newer = entry;
  }
  return { state: filtered ? "filtered" : "whole", entries: count, to };
}
