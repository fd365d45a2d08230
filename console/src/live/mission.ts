import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api/client";
import type { Detail, Mission, Step } from "@/api/schema";
import { isLive, useIsLive, whileCatchingUp } from "@/live/connection";
import { listen, watchMission } from "@/live/socket";

const POLL_MS = 3000;

export const missionQuery = (id: string) =>
  queryOptions({
    queryKey: ["mission", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/missions/{mission_id}", { params: { path: { mission_id: id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // the feed keeps it, event by event
  });

export const lastSeq = (detail: Detail | undefined) => detail?.steps.at(-1)?.seq ?? 0;

/** The detail with steps that follow without a gap; what is known already, or too early, is left out. */
export function withSteps(detail: Detail, steps: Step[], mission?: Mission): Detail {
  let last = lastSeq(detail);
  const fresh: Step[] = [];
  for (const step of steps) {
    if (step.seq === last + 1) {
      fresh.push(step);
      last = step.seq;
    }
  }
  const newer = mission && mission.lastSeq >= detail.mission.lastSeq ? mission : detail.mission;
  if (fresh.length === 0 && newer === detail.mission) return detail;
  const picture = fresh.flatMap((step) => step.artifacts).findLast((one) => one.kind === "screenshot");
  return {
    ...detail,
    mission: newer,
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
    const told = await unwrap(api.GET("/api/missions/{mission_id}/events", { params }));
    client.setQueryData(queryKey, (detail) => detail && withSteps(detail, told.steps, told.mission));
    if (told.steps.length === 0 || lastSeq(client.getQueryData(queryKey)) >= told.lastSeq) return;
  }
}

/** A mission with its steps, kept fresh: by the socket, from the table where a gap shows, else by asking. */
export function useMission(id: string) {
  const client = useQueryClient();
  const query = useQuery(missionQuery(id));
  const known = query.data !== undefined;
  const ended = query.data?.mission.finishedAt != null;
  const live = useIsLive();

  useEffect(() => {
    if (!known) return;
    const { queryKey } = missionQuery(id);
    const later = () => void fill(client, id).catch(() => {}); // the badge tells; the next beat asks again
    const behind = (seq: number) => {
      if (seq > lastSeq(client.getQueryData(queryKey))) later();
    };
    const stops = [
      listen("mission:step", (step) => {
        if (step.missionId !== id) return;
        client.setQueryData(queryKey, (detail) => detail && withSteps(detail, [step]));
        behind(step.seq);
      }),
      listen("mission:update", (mission) => {
        if (mission.id !== id) return;
        client.setQueryData(queryKey, (detail) => detail && withSteps(detail, [], mission));
      }),
      listen("mission:status", (standing) => {
        if (standing.missionId === id && typeof standing.lastSeq === "number") behind(standing.lastSeq);
      }),
      watchMission(id, behind),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, id, known]);

  useEffect(() => {
    if (live || !known || ended) return;
    const timer = setInterval(() => {
      if (!isLive()) void fill(client, id).catch(() => {});
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [client, id, known, ended, live]);

  return query;
}
