import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { missionQuery } from "@/live/mission";
import { storyOf } from "@/live/story";

const route = getRouteApi("/missions/$id");

/** The mission that the page has loaded, with the content of its events. */
export function useMissionDetail() {
  const { id } = route.useParams();
  const { data } = useQuery({ ...missionQuery(id), notifyOnChangeProps: ["data"] });
  if (!data) throw new Error("The page shows its views only after the mission is loaded.");
  const story = useMemo(() => storyOf(data.events), [data.events]);
  return { detail: data, mission: data.mission, events: data.events, you: data.you, story };
}
