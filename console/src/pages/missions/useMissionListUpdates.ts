import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Mission, MissionListResponse } from "@/api/schema";
import { subscribeToMission, useSocket } from "@/live/socket";

/** The list subscribes to this many missions; it polls the others. */
const MAX_SUBSCRIPTIONS = 30;

/** Updates the rows of a list in place when their missions change. */
export function useMissionListUpdates(missions: Mission[]) {
  const client = useQueryClient();
  const socket = useSocket();
  const activeIds = missions
    .filter((mission) => !mission.finishedAt || mission.looksAgainAt)
    .slice(0, MAX_SUBSCRIPTIONS)
    .map((mission) => mission.id)
    .join(" ");
  useEffect(() => {
    if (!socket) return;
    const ids = activeIds.split(" ").filter(Boolean);
    const unsubscribes = ids.map((id) => subscribeToMission(socket, id, () => {}));
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }, [socket, activeIds]);
  useEffect(() => {
    if (!socket) return;
    const onUpdate = (mission: Mission) => {
      client.setQueriesData<InfiniteData<MissionListResponse>>({ queryKey: ["missions"] }, (data) => {
        if (!data?.pages.some((page) => includes(page, mission))) return data;
        return { ...data, pages: data.pages.map((page) => withMission(page, mission)) };
      });
      client.setQueriesData<MissionListResponse>(
        { queryKey: ["missions first"] },
        (page) => page && withMission(page, mission),
      );
    };
    socket.on("mission:update", onUpdate);
    return () => {
      socket.off("mission:update", onUpdate);
    };
  }, [socket, client]);
}

const includes = (page: MissionListResponse, mission: Mission) =>
  page.missions.some(({ id }) => id === mission.id);

function withMission(page: MissionListResponse, mission: Mission): MissionListResponse {
  if (!includes(page, mission)) return page;
  const newer = (row: Mission) => (row.id === mission.id && mission.lastSeq >= row.lastSeq ? mission : row);
  return { ...page, missions: page.missions.map(newer) };
}
