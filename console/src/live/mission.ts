import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api/client";
import type { Mission, MissionResponse, MissionRights, Step } from "@/api/schema";
import { isLive, useIsLive, whileCatchingUp } from "@/live/connection";
import { subscribeToMission, useSocket } from "@/live/socket";
import type { MissionProgress } from "@/live/socketEvents";

const POLL_MS = 3000;

export const missionQuery = (id: string) =>
  queryOptions({
    queryKey: ["mission", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/missions/{mission_id}", { params: { path: { mission_id: id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // the feed keeps it, event by event
  });

export const lastSeq = (detail: MissionResponse | undefined) => detail?.steps.at(-1)?.seq ?? 0;

/** The detail with steps that follow without a gap; what is known already, or too early, is left out. */
export function withSteps(
  detail: MissionResponse,
  steps: Step[],
  mission?: Mission,
  you?: MissionRights,
): MissionResponse {
  let last = lastSeq(detail);
  const fresh: Step[] = [];
  for (const step of steps) {
    if (step.seq === last + 1) {
      fresh.push(step);
      last = step.seq;
    }
  }
  const newer = mission && mission.lastSeq >= detail.mission.lastSeq ? mission : detail.mission;
  const rights = you && newer === mission ? you : detail.you;
  if (fresh.length === 0 && newer === detail.mission) return detail;
  const picture = fresh
    .flatMap((step) => step.artifacts)
    .findLast((artifact) => artifact.kind === "screenshot");
  return {
    ...detail,
    mission: newer,
    you: rights,
    steps: fresh.length ? [...detail.steps, ...fresh] : detail.steps,
    latestScreenshot: picture ?? detail.latestScreenshot ?? null,
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
    const params = { path: { mission_id: id }, query: { after } };
    const page = await unwrap(api.GET("/api/missions/{mission_id}/events", { params }));
    client.setQueryData(
      queryKey,
      (detail) => detail && withSteps(detail, page.steps, page.mission, page.you),
    );
    if (page.steps.length === 0 || lastSeq(client.getQueryData(queryKey)) >= page.lastSeq) return;
  }
}

/** A mission with its steps, kept fresh: by the socket, from the table where a gap shows, else by asking. */
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
    const onStep = (step: Step) => {
      if (step.missionId !== id) return;
      client.setQueryData(queryKey, (detail) => detail && withSteps(detail, [step]));
      fillUpTo(step.seq);
    };
    const onUpdate = (mission: Mission) => {
      if (mission.id !== id) return;
      const before = client.getQueryData(queryKey)?.mission.status;
      client.setQueryData(queryKey, (detail) => detail && withSteps(detail, [], mission));
      // A broadcast does not say what this user may do now.
      if (mission.status !== before) void fill(client, id).catch(() => {});
    };
    const onStatus = (progress: MissionProgress) => {
      if (progress.missionId === id) fillUpTo(progress.lastSeq);
    };
    socket.on("mission:step", onStep).on("mission:update", onUpdate).on("mission:status", onStatus);
    const unsubscribe = subscribeToMission(socket, id, fillUpTo);
    return () => {
      unsubscribe();
      socket.off("mission:step", onStep).off("mission:update", onUpdate).off("mission:status", onStatus);
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
