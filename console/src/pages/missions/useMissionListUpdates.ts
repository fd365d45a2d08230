import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Mission, Missions } from "@/api/schema";
import { listen, watchMission } from "@/live/socket";

/** How many missions of a list are heard one by one; the rest is asked for every ten seconds. */
const MOST = 30;

/** Rows change in place when their missions do. */
export function useMissionListUpdates(missions: Mission[]) {
  const client = useQueryClient();
  const active = missions
    .filter((one) => !one.finishedAt)
    .slice(0, MOST)
    .map((one) => one.id)
    .join(" ");
  useEffect(() => {
    const stops = active
      .split(" ")
      .filter(Boolean)
      .map((id) => watchMission(id, () => {}));
    return () => {
      for (const stop of stops) stop();
    };
  }, [active]);
  useEffect(
    () =>
      listen("mission:update", (mission) => {
        client.setQueriesData<InfiniteData<Missions>>({ queryKey: ["missions"] }, (data) => {
          if (!data?.pages.some((page) => holds(page, mission))) return data;
          return { ...data, pages: data.pages.map((page) => patched(page, mission)) };
        });
        client.setQueriesData<Missions>(
          { queryKey: ["missions first"] },
          (page) => page && patched(page, mission),
        );
      }),
    [client],
  );
}

const holds = (page: Missions, mission: Mission) => page.missions.some((one) => one.id === mission.id);

function patched(page: Missions, mission: Mission): Missions {
  if (!holds(page, mission)) return page;
  const newer = (one: Mission) => (one.id === mission.id && mission.lastSeq >= one.lastSeq ? mission : one);
  return { ...page, missions: page.missions.map(newer) };
}
