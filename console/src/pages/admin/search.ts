export const PARTS = ["people", "organizations", "programs", "templates", "dashboards", "policy"] as const;
export type Part = (typeof PARTS)[number];
export type AdminSearch = { part?: Part };

/** Which part of the administration is open; what is unknown is left out. */
export const adminSearch = (search: Record<string, unknown>): AdminSearch =>
  PARTS.includes(search.part as Part) ? { part: search.part as Part } : {};
