import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { ApprovalStatus, Mission, SortBy, Status } from "@/api/schema";

export type MissionFilter = {
  status?: Status | undefined;
  q?: string | undefined;
  userId?: string | undefined;
  sortBy?: SortBy | undefined;
  sortOrder?: "asc" | "desc" | undefined;
};

const withoutEmpty = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== "")) as T;

const missionsPage = (filter: MissionFilter, cursor: string, signal: AbortSignal) =>
  unwrap(
    api.GET("/api/missions", {
      params: { query: withoutEmpty({ ...filter, limit: 100, cursor: cursor || undefined }) as never },
      signal,
    }),
  );

export const missionsQuery = (filter: MissionFilter) =>
  infiniteQueryOptions({
    queryKey: ["missions", withoutEmpty(filter)],
    queryFn: ({ pageParam, signal }) => missionsPage(filter, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.pagination.nextCursor ?? undefined,
    staleTime: 10_000,
    refetchOnWindowFocus: false, // there can be a hundred pages; firstMissionsQuery refreshes the first one
  });

/** Polls the first page: the socket sends no events of missions that are not in the list yet. */
export const firstMissionsQuery = (filter: MissionFilter) =>
  queryOptions({
    queryKey: ["missions first", withoutEmpty(filter)],
    queryFn: ({ signal }) => missionsPage(filter, "", signal),
    refetchInterval: 10_000,
    staleTime: 10_000,
  });

export const statsQuery = queryOptions({
  queryKey: ["stats"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/missions/stats", { signal })),
  refetchInterval: 30_000,
});

export const approvalsQuery = (status?: ApprovalStatus) =>
  queryOptions({
    queryKey: ["approvals", status ?? "all"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/approvals", { params: { query: withoutEmpty({ status }) as never }, signal })),
    refetchInterval: 15_000,
  });

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ["approval", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/approvals/{approval_id}", { params: { path: { approval_id: id } }, signal })),
    refetchInterval: 5_000,
  });

export const dashboardsQuery = queryOptions({
  queryKey: ["dashboards"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/dashboards", { signal })),
  staleTime: 60_000,
});

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/templates", { signal })),
  staleTime: 60_000,
});

export const quotaQuery = queryOptions({
  queryKey: ["quota"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/missions/quota", { signal })),
  refetchInterval: 60_000,
});

export const queueQuery = queryOptions({
  queryKey: ["queue"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/queue/status", { signal })),
  refetchInterval: 15_000,
});

/** The mission's place in the queue and in Temporal. */
export const jobQuery = ({ id, status }: Mission) =>
  queryOptions({
    queryKey: ["job", id, status],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/queue/job/{mission_id}", { params: { path: { mission_id: id } }, signal })),
    staleTime: 10_000,
  });

/** The presigned link of an artifact. It is valid for a minute, and requested again before that. */
export const linkQuery = (id: string) =>
  queryOptions({
    queryKey: ["link", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/artifacts/{artifact_id}", { params: { path: { artifact_id: id } }, signal })),
    staleTime: 45_000,
    gcTime: 50_000,
  });

/** The data behind a screenshot. It never changes: the artifact is addressed by its hash. */
export const evidenceQuery = (id: string) =>
  queryOptions({
    queryKey: ["evidence", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/artifacts/{artifact_id}/evidence", { params: { path: { artifact_id: id } }, signal }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
