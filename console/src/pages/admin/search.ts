export const SECTIONS = ["people", "organizations", "programs", "templates", "dashboards", "policy"] as const;
export type SectionName = (typeof SECTIONS)[number];
export type AdminSearch = { part?: SectionName };

/** The open section of the administration; an unknown name is dropped. */
export const adminSearch = (search: Record<string, unknown>): AdminSearch =>
  SECTIONS.includes(search.part as SectionName) ? { part: search.part as SectionName } : {};
