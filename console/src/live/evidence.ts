import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { evidenceQuery } from "@/api/queries";
import type { Citation, Evidence } from "@/api/schema";
import type { ObservedPage } from "@/live/story";

type Series = Evidence["series"][number];
type LogLine = Evidence["logs"][number];
type Change = Evidence["changes"][number];

/** Where a piece of evidence was seen, and what it is. */
export type EvidenceItem =
  | { kind: "series"; seen: ObservedPage; series: Series }
  | { kind: "log"; seen: ObservedPage; log: LogLine }
  | { kind: "change"; seen: ObservedPage; change: Change };

export type EvidenceIndex = { found: Map<string, EvidenceItem>; loading: boolean; failed: number };

/** The numbers behind these sightings, by the ids that citations name. */
export function useEvidence(seen: ObservedPage[]): EvidenceIndex {
  const withNumbers = seen.filter((one) => one.numbers);
  const results = useQueries({ queries: withNumbers.map((one) => evidenceQuery(one.numbers?.id ?? "")) });
  const stamp = results.map((one) => one.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says when an answer came
  const found = useMemo(() => {
    const index = new Map<string, EvidenceItem>();
    results.forEach(({ data }, at) => {
      const one = withNumbers[at];
      if (!data || !one) return;
      for (const series of data.series as Series[])
        index.set(series.id, { kind: "series", seen: one, series });
      for (const log of data.logs) index.set(log.id, { kind: "log", seen: one, log });
      for (const change of data.changes) index.set(change.id, { kind: "change", seen: one, change });
    });
    return index;
  }, [stamp, withNumbers.length]);
  return {
    found,
    loading: results.some((one) => one.isPending),
    failed: results.filter((one) => one.isError).length,
  };
}

export type ResolvedCitation = { citation: Citation; found: EvidenceItem | null };

/** Citations with what they point to; null where the numbers are not (or no longer) there. */
export const resolveCitations = (citations: Citation[], index: EvidenceIndex): ResolvedCitation[] =>
  citations.map((citation) => ({ citation, found: index.found.get(citation.id) ?? null }));
