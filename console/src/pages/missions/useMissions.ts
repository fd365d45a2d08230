import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { firstMissionsQuery, type MissionFilter, missionsQuery } from "@/api/queries";
import type { Mission } from "@/api/schema";

/**
 * The pages that were scrolled to, under the first one as it is now: only that one is asked for again and again.
 * Of a mission that is in both, what was heard last counts.
 */
export function useMissions(filter: MissionFilter) {
  const query = useInfiniteQuery(missionsQuery(filter));
  const loaded = query.data?.pages;
  const first = useQuery({ ...firstMissionsQuery(filter), enabled: loaded !== undefined }).data;
  const missions = useMemo(() => merged(first?.missions, loaded), [first, loaded]);
  const now = first ?? loaded?.[0];
  // Where all fits into one page that page is the list: what left it is gone.
  const whole = first && !first.pagination.nextCursor;
  return { query, missions: whole ? first.missions : missions, total: now?.pagination.total };
}

function merged(first: Mission[] = [], pages: { missions: Mission[] }[] = []): Mission[] {
  const known = new Map<string, Mission>();
  for (const list of [first, ...pages.map((page) => page.missions)]) {
    for (const one of list) {
      const before = known.get(one.id);
      if (!before || before.lastSeq < one.lastSeq) known.set(one.id, one);
    }
  }
  return [...known.values()];
}
