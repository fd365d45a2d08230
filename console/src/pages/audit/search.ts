export const FILTERS = ["deed", "actor", "result", "subject", "since", "routine"] as const;
export type AuditSearch = Partial<Record<(typeof FILTERS)[number], string>>;

const MAX_LENGTH = 300;

/** The filters in the address. Unknown values are dropped. `since` is a day, YYYY-MM-DD. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const filters: AuditSearch = {};
  for (const name of FILTERS) {
    const value = search[name];
    if (typeof value === "string" && value) filters[name] = value.slice(0, MAX_LENGTH);
  }
  if (filters.routine !== "all") delete filters.routine;
  if (filters.since && !/^\d{4}-\d{2}-\d{2}$/.test(filters.since)) delete filters.since;
  return filters;
}

/** The query of the API: a day begins at midnight UTC; `routine` includes session renewals. */
export const auditQuery = ({ since, routine, ...filters }: AuditSearch) => ({
  ...filters,
  ...(routine ? { routine: true } : {}),
  ...(since ? { since: `${since}T00:00:00Z` } : {}),
});
