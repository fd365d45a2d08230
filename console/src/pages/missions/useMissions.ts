import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { firstMissionsQuery, type MissionFilter, missionsQuery } from "@/api/queries";
import type { Mission } from "@/api/schema";

/** The loaded pages, below the first page as it is now: only the first one is polled. */
export function useMissions(filter: MissionFilter) {
  const query = useInfiniteQuery(missionsQuery(filter));
  const loaded = query.data?.pages;
  const first = useQuery({ ...firstMissionsQuery(filter), enabled: loaded !== undefined }).data;
  const missions = useMemo(() => newestVersions(first?.missions, loaded), [first, loaded]);
  // A list of one page is complete: missions that left it are gone.
  const complete = first && !first.pagination.nextCursor;
  return {
    query,
    missions: complete ? first.missions : missions,
    total: (first ?? loaded?.[0])?.pagination.total,
  };
}

/** Each mission once, in its newest version. */
function newestVersions(first: Mission[] = [], pages: { missions: Mission[] }[] = []): Mission[] {
  const byId = new Map<string, Mission>();
  for (const mission of [first, ...pages.map((page) => page.missions)].flat()) {
    const other = byId.get(mission.id);
    if (!other || other.lastSeq < mission.lastSeq) byId.set(mission.id, mission);
  }
  return [...byId.values()];
}
