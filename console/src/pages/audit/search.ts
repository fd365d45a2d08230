export const FILTERS = ["deed", "actor", "result", "subject", "since", "routine"] as const;
export type AuditSearch = Partial<Record<(typeof FILTERS)[number], string>>;

const MOST = 300;

/** Filters live in the address; what is unknown is left out. `since` is a day, YYYY-MM-DD. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const told: AuditSearch = {};
  for (const name of FILTERS) {
    const value = search[name];
    if (typeof value === "string" && value) told[name] = value.slice(0, MOST);
  }
  if (told.routine !== "all") delete told.routine;
  if (told.since && !/^\d{4}-\d{2}-\d{2}$/.test(told.since)) delete told.since;
  return told;
}

/** The same as the API asks for it: a day begins at midnight UTC; `routine` adds renewed sessions. */
export const asked = ({ since, routine, ...rest }: AuditSearch) => ({
  ...rest,
  ...(routine ? { routine: true } : {}),
  ...(since ? { since: `${since}T00:00:00Z` } : {}),
});
