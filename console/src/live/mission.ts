import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api/client";
import type { EventListResponse, EventView, Mission, MissionRights } from "@/api/schema";
import { isLive, useIsLive, whileCatchingUp } from "@/live/connection";
import { subscribeToMission, useSocket } from "@/live/socket";
import type { MissionProgress } from "@/live/socketEvents";

const POLL_MS = 3000;

export const missionQuery = (id: string) =>
  queryOptions({
    queryKey: ["mission", id],
    queryFn: async ({ signal }) => {
      let loaded = await readPage(id, 0, signal);
      while (lastSeq(loaded) < loaded.lastSeq) {
        const next = await readPage(id, lastSeq(loaded), signal);
        if (next.events.length === 0) break;
        loaded = withEvents({ ...loaded, lastSeq: next.lastSeq }, next.events, next.mission, next.you);
      }
      return loaded;
    },
    staleTime: Number.POSITIVE_INFINITY, // useMission adds each new event
  });

/** A page of the mission's events: at most 500. */
const readPage = (id: string, after: number, signal?: AbortSignal) =>
  unwrap(
    api.GET("/api/missions/{mission_id}/events", {
      params: { path: { mission_id: id }, query: { after } },
      ...(signal && { signal }),
    }),
  );

export const lastSeq = (detail: EventListResponse | undefined) => detail?.events.at(-1)?.seq ?? 0;

/** The detail with the events that follow without a gap. Known events, and those after a gap, are dropped. */
export function withEvents(
  detail: EventListResponse,
  events: EventView[],
  mission?: Mission,
  you?: MissionRights,
): EventListResponse {
  let last = lastSeq(detail);
  const added: EventView[] = [];
  for (const event of events) {
    if (event.seq === last + 1) {
      added.push(event);
      last = event.seq;
    }
  }
  const newest = mission && mission.lastSeq >= detail.mission.lastSeq ? mission : detail.mission;
  if (added.length === 0 && newest === detail.mission) return detail;
  return {
    ...detail,
    mission: newest,
    you: you && newest === mission ? you : detail.you,
    events: added.length ? [...detail.events, ...added] : detail.events,
  };
}

const reads = new Map<string, Promise<void>>();

/** Reads the missing events, one read at a time for each mission. */
export function fill(client: QueryClient, id: string): Promise<void> {
  const running = reads.get(id);
  if (running) return running;
  const work = whileCatchingUp(() => readMissing(client, id)).finally(() => reads.delete(id));
  reads.set(id, work);
  return work;
}

async function readMissing(client: QueryClient, id: string) {
  for (;;) {
    const { queryKey } = missionQuery(id);
    const after = lastSeq(client.getQueryData(queryKey));
    const page = await readPage(id, after);
    client.setQueryData(
      queryKey,
      (detail) => detail && withEvents(detail, page.events, page.mission, page.you),
    );
    if (page.events.length === 0 || lastSeq(client.getQueryData(queryKey)) >= page.lastSeq) return;
  }
}

/** A mission with its events, kept current by the socket; gaps are read, and without a socket it is polled. */
export function useMission(id: string) {
  const client = useQueryClient();
  const query = useQuery(missionQuery(id));
  const loaded = query.data !== undefined;
  const mission = query.data?.mission;
  const ended = mission?.finishedAt != null && !mission.looksAgainAt; // a later look may reopen it
  const live = useIsLive();
  const socket = useSocket();

  useEffect(() => {
    if (!socket || !loaded) return;
    const { queryKey } = missionQuery(id);
    const fillUpTo = (seq: number) => {
      // A failed read shows as "offline", and the next status starts another one.
      if (seq > lastSeq(client.getQueryData(queryKey))) void fill(client, id).catch(() => {});
    };
    const onEvent = (event: EventView) => {
      if (event.missionId !== id) return;
      client.setQueryData(queryKey, (detail) => detail && withEvents(detail, [event]));
      fillUpTo(event.seq);
    };
    const onUpdate = (mission: Mission) => {
      if (mission.id !== id) return;
      const before = client.getQueryData(queryKey)?.mission.status;
      client.setQueryData(queryKey, (detail) => detail && withEvents(detail, [], mission));
      // A broadcast does not say what this user may do now.
      if (mission.status !== before) void fill(client, id).catch(() => {});
    };
    const onStatus = (progress: MissionProgress) => {
      if (progress.missionId === id) fillUpTo(progress.lastSeq);
    };
    socket.on("mission:event", onEvent).on("mission:update", onUpdate).on("mission:status", onStatus);
    const unsubscribe = subscribeToMission(socket, id, fillUpTo);
    return () => {
      unsubscribe();
      socket.off("mission:event", onEvent).off("mission:update", onUpdate).off("mission:status", onStatus);
    };
  }, [socket, client, id, loaded]);

  useEffect(() => {
    if (live || !loaded || ended) return;
    const timer = setInterval(() => {
      if (!isLive()) void fill(client, id).catch(() => {});
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [client, id, loaded, ended, live]);

  return query;
}
