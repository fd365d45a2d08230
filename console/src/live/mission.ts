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
      let known = await readEvents(id, 0, signal);
      while (lastSeq(known) < known.lastSeq) {
        const next = await readEvents(id, lastSeq(known), signal);
        if (next.events.length === 0) break;
        known = withEvents({ ...known, lastSeq: next.lastSeq }, next.events, next.mission, next.you);
      }
      return known;
    },
    staleTime: Number.POSITIVE_INFINITY, // useMission adds each new event
  });

/** A page of the mission's events: at most 500. */
const readEvents = (id: string, after: number, signal?: AbortSignal) =>
  unwrap(
    api.GET("/api/missions/{mission_id}/events", {
      params: { path: { mission_id: id }, query: { after } },
      ...(signal && { signal }),
    }),
  );

export const lastSeq = (known: EventListResponse | undefined) => known?.events.at(-1)?.seq ?? 0;

/** What is known and the events that follow without a gap; events that are known or too early are left out. */
export function withEvents(
  known: EventListResponse,
  events: EventView[],
  mission?: Mission,
  you?: MissionRights,
): EventListResponse {
  let last = lastSeq(known);
  const fresh: EventView[] = [];
  for (const event of events) {
    if (event.seq === last + 1) {
      fresh.push(event);
      last = event.seq;
    }
  }
  const newer = mission && mission.lastSeq >= known.mission.lastSeq ? mission : known.mission;
  if (fresh.length === 0 && newer === known.mission) return known;
  return {
    ...known,
    mission: newer,
    you: you && newer === mission ? you : known.you,
    events: fresh.length ? [...known.events, ...fresh] : known.events,
  };
}

const filling = new Map<string, Promise<void>>();

/** Reads what is missing from the table, once at a time for each mission. */
export function fill(client: QueryClient, id: string): Promise<void> {
  const running = filling.get(id);
  if (running) return running;
  const work = whileCatchingUp(() => readOn(client, id)).finally(() => filling.delete(id));
  filling.set(id, work);
  return work;
}

async function readOn(client: QueryClient, id: string) {
  for (;;) {
    const { queryKey } = missionQuery(id);
    const after = lastSeq(client.getQueryData(queryKey));
    const page = await readEvents(id, after);
    client.setQueryData(queryKey, (known) => known && withEvents(known, page.events, page.mission, page.you));
    if (page.events.length === 0 || lastSeq(client.getQueryData(queryKey)) >= page.lastSeq) return;
  }
}

/** A mission with its events, kept fresh by the socket; gaps are read from the API, without a socket all. */
export function useMission(id: string) {
  const client = useQueryClient();
  const query = useQuery(missionQuery(id));
  const loaded = query.data !== undefined;
  const ended = query.data?.mission.finishedAt != null;
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
      client.setQueryData(queryKey, (known) => known && withEvents(known, [event]));
      fillUpTo(event.seq);
    };
    const onUpdate = (mission: Mission) => {
      if (mission.id !== id) return;
      const before = client.getQueryData(queryKey)?.mission.status;
      client.setQueryData(queryKey, (known) => known && withEvents(known, [], mission));
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
