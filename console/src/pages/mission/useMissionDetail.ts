import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { missionQuery } from "@/live/mission";
import { storyOf } from "@/live/story";

const route = getRouteApi("/missions/$id");

/** The mission that the page around has loaded, with its events and what they say. */
export function useMissionDetail() {
  const { id } = route.useParams();
  const { data } = useQuery({ ...missionQuery(id), notifyOnChangeProps: ["data"] });
  if (!data) throw new Error("the page around shows its views only with a mission");
  const story = useMemo(() => storyOf(data.events), [data.events]);
  return { detail: data, mission: data.mission, events: data.events, you: data.you, story };
}
