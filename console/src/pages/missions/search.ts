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

/** Filters live in the address: a view can be shared, and goes back. What is unknown is left out. */
export function missionSearch(search: Record<string, unknown>): MissionSearch {
  const told: MissionSearch = {};
  if (VIEWS.includes(search.view as ViewName) && search.view !== "all") told.view = search.view as ViewName;
  if (STATUSES.includes(search.status as string)) told.status = search.status as Status;
  if (typeof search.q === "string" && search.q) told.q = search.q.slice(0, 200);
  if (SORTS.includes(search.sortBy as string) && search.sortBy !== "createdAt")
    told.sortBy = search.sortBy as SortBy;
  if (search.sortOrder === "asc") told.sortOrder = "asc";
  return told;
}

/** The question that a view and its filters ask of the API. */
export function filterOf(search: MissionSearch, me: string): MissionFilter {
  const views: Record<ViewName, MissionFilter> = {
    all: {},
    mine: { userId: me },
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
