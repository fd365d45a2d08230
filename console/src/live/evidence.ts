import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { evidenceQuery } from "@/api/queries";
import type { Citation, Evidence } from "@/api/schema";
import type { ObservedPage } from "@/live/story";

type Series = Evidence["series"][number];
type LogLine = Evidence["logs"][number];
type Change = Evidence["changes"][number];

/** What people call a series: by its mapping, its metric, its legend or its panel's title. */
export const seriesName = (series: Series): string =>
  series.mapping?.metric || series.metric || series.legend || series.title || series.query || series.panel;

/** The unit as the engine understood it, else the product's. */
export const seriesUnit = (series: Series): string => series.measures?.unit || series.unit;

/** A piece of evidence and the page that it comes from. */
export type EvidenceItem =
  | { kind: "series"; page: ObservedPage; series: Series }
  | { kind: "log"; page: ObservedPage; log: LogLine }
  | { kind: "change"; page: ObservedPage; change: Change };

export type EvidenceIndex = { items: Map<string, EvidenceItem>; loading: boolean; failed: number };

/** The data behind these pages, by the ids that citations name. */
export function useEvidence(pages: ObservedPage[]): EvidenceIndex {
  const withData = pages.filter(({ data }) => data);
  const results = useQueries({ queries: withData.map(({ data }) => evidenceQuery(data?.id ?? "")) });
  const version = results.map((result) => result.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version changes with each response
  const items = useMemo(() => {
    const index = new Map<string, EvidenceItem>();
    results.forEach(({ data }, row) => {
      const page = withData[row];
      if (!data || !page) return;
      for (const series of data.series as Series[]) index.set(series.id, { kind: "series", page, series });
      for (const log of data.logs) index.set(log.id, { kind: "log", page, log });
      for (const change of data.changes) index.set(change.id, { kind: "change", page, change });
    });
    return index;
  }, [version, withData.length]);
  return {
    items,
    loading: results.some((result) => result.isPending),
    failed: results.filter((result) => result.isError).length,
  };
}

export type ResolvedCitation = { citation: Citation; item: EvidenceItem | null };

/** Citations with the evidence that they name; null if its data is not available. */
export const resolveCitations = (citations: Citation[], index: EvidenceIndex): ResolvedCitation[] =>
  citations.map((citation) => ({ citation, item: index.items.get(citation.id) ?? null }));
