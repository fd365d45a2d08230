import type { MissionFilter } from "@/api/queries";
import type { SortBy, Status } from "@/api/schema";

export const VIEWS = ["all", "mine", "waiting", "running", "failed"] as const;
export type ViewName = (typeof VIEWS)[number];

export type MissionSearch = {
  view?: ViewName;
  status?: Status;
  q?: string;
  sortBy?: SortBy;
  sortOrder?: "asc";
};

const STATUSES: readonly string[] = [
  "PENDING",
  "RUNNING",
  "AWAITING_APPROVAL",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
] satisfies Status[];
const SORTS: readonly string[] = ["createdAt", "status", "priority"] satisfies SortBy[];

/** The filters in the address: views can be shared, and Back works. Unknown values are dropped. */
export function missionSearch(search: Record<string, unknown>): MissionSearch {
  const filters: MissionSearch = {};
  if (VIEWS.includes(search.view as ViewName) && search.view !== "all")
    filters.view = search.view as ViewName;
  if (STATUSES.includes(search.status as string)) filters.status = search.status as Status;
  if (typeof search.q === "string" && search.q) filters.q = search.q.slice(0, 200);
  if (SORTS.includes(search.sortBy as string) && search.sortBy !== "createdAt")
    filters.sortBy = search.sortBy as SortBy;
  if (search.sortOrder === "asc") filters.sortOrder = "asc";
  return filters;
}

/** The query of the API for a view and its filters. */
export function filterOf(search: MissionSearch, userId: string): MissionFilter {
  const views: Record<ViewName, MissionFilter> = {
    all: {},
    mine: { userId },
    waiting: { status: "AWAITING_APPROVAL" },
    running: { status: "RUNNING" },
    failed: { status: "FAILED" },
  };
  return {
    ...views[search.view ?? "all"],
    ...(search.status ? { status: search.status } : {}),
    q: search.q,
    sortBy: search.sortBy,
    sortOrder: search.sortOrder,
  };
}
