import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { BrowserView } from "@/pages/mission/live/BrowserView";
import { Filmstrip } from "@/pages/mission/live/Filmstrip";
import { SidePanel } from "@/pages/mission/live/SidePanel";
import { Timeline } from "@/pages/mission/live/Timeline";
import { usePlayback } from "@/pages/mission/live/usePlayback";
import { useMissionDetail } from "@/pages/mission/useMissionDetail";

const route = getRouteApi("/missions/$id/");

/** The agent's browser, its events and its evidence: now, or at an earlier step. */
export function LiveView() {
  const { mission, events, story, you } = useMissionDetail();
  const { at } = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (seq: number | null) => void navigate({ search: seq === null ? {} : { at: seq }, replace: true }),
    [navigate],
  );
  const chosen = at === undefined ? null : (events.find((event) => event.seq === at) ?? null);
  const playback = usePlayback(events, chosen?.seq ?? null, go);
  const shown = useMemo(() => {
    const until = chosen?.seq ?? Number.POSITIVE_INFINITY;
    return story.pages.findLast((page) => page.screenshot && page.event.seq <= until) ?? null;
  }, [story, chosen]);
  return (
    <div className="grid gap-3 p-3 lg:h-[calc(100dvh-9.5rem)] lg:min-h-120 lg:grid-cols-[minmax(15rem,19rem)_minmax(0,1fr)] xl:grid-cols-[minmax(16rem,20rem)_minmax(0,1fr)_minmax(17rem,21rem)]">
      <Timeline events={events} chosen={chosen?.seq ?? null} onChoose={go} status={mission.status} />
      <div className="flex min-h-0 min-w-0 flex-col gap-3 max-lg:order-first">
        <BrowserView
          mission={mission}
          events={events}
          shown={shown}
          chosen={chosen}
          onLive={() => go(null)}
          you={you}
        />
        <Filmstrip
          pages={story.pages}
          shown={shown}
          playback={playback}
          onChoose={go}
          chosen={chosen?.seq ?? null}
          events={events}
        />
      </div>
      <SidePanel mission={mission} events={events} story={story} chosen={chosen} onChoose={go} />
    </div>
  );
}
