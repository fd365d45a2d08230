import { useState } from "react";
import type { EventView, Mission, MissionRights } from "@/api/schema";
import { truncate } from "@/format/text";
import { span, useNow, useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { useFrame } from "@/live/frames";
import { browserControlOf, type ObservedPage } from "@/live/story";
import { BrowserControlBar, ControlledBrowser, useBrowserControl } from "@/pages/mission/live/BrowserControl";
import { ArtifactImage } from "@/ui/ArtifactImage";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Icon } from "@/ui/icons";

/** The browser as it is now, or the last picture until the chosen step. */
export function BrowserView({
  mission,
  events,
  shown,
  chosen,
  onLive,
  you,
}: {
  mission: Mission;
  events: EventView[];
  shown: ObservedPage | null;
  chosen: EventView | null;
  onLive: () => void;
  you: MissionRights;
}) {
  const t = useT();
  const { clock } = useTimes();
  const running = !mission.finishedAt;
  const held = browserControlOf(events, useNow());
  const frame = useFrame(mission.id, running && chosen === null, held?.target);
  const helm = useBrowserControl(mission, you, events, frame);
  // Of the visit that is shown: another one begins with its picture, and nothing moves unasked.
  const [playing, setPlaying] = useState<string | null>(null);
  const video = !frame && shown?.video ? shown.video : null;
  const moving = video !== null && video.id === playing;
  const picture = moving ? video : shown?.picture;
  return (
    <section aria-label={t("browser")} className="card flex min-h-64 flex-1 flex-col overflow-hidden">
      <header className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-3">
        {chosen ? (
          <>
            <Badge icon="clock">
              <span className="num">{t("atStep", { n: chosen.seq, time: clock(chosen.at) })}</span>
            </Badge>
            <Button small kind="primary" icon="play" onClick={onLive} className="ml-auto">
              {t(running ? "backToLive" : "backToEnd")}
            </Button>
          </>
        ) : frame ? (
          <>
            <LiveBadge at={frame.at} />
            <span className="min-w-0 truncate text-xs text-ink-2">{truncate(frame.doing, 100)}</span>
            <BrowserControlBar helm={helm} />
          </>
        ) : (
          <Badge icon={running ? "camera" : "flag"} tone={running ? "accent" : "neutral"}>
            {t(running ? "latestPicture" : "lastPicture")}
          </Badge>
        )}
        {shown && !chosen && !frame && (
          <span className="num ml-auto text-xs text-ink-3">{clock(shown.event.at)}</span>
        )}
      </header>
      {shown && (
        <div className="flex h-8 shrink-0 items-center gap-2 border-b border-line bg-sunken px-3 text-xs text-ink-2">
          <Icon name="eye" className="size-3.5" />
          <span className="truncate font-medium">{truncate(shown.sighting.title, 60)}</span>
          <code className="min-w-0 truncate font-mono text-2xs text-ink-3">
            {truncate(shown.sighting.url, 160)}
          </code>
          {video && (
            <Button
              small
              kind="quiet"
              icon={moving ? "pause" : "play"}
              aria-pressed={moving}
              title={t("videoKept")}
              onClick={() => setPlaying(moving ? null : video.id)}
              className="ml-auto"
            >
              {t("artifact.video")}
            </Button>
          )}
          <span className={video ? "shrink-0" : "ml-auto shrink-0"}>
            {word(t, "phase", shown.sighting.phase)} · {word(t, "panel", shown.sighting.state)}
          </span>
        </div>
      )}
      <div className="grid min-h-0 flex-1 place-items-center overflow-hidden bg-sunken">
        {frame && helm.mine ? (
          <ControlledBrowser src={frame.url} helm={helm} />
        ) : frame ? (
          <img src={frame.url} alt={t("liveAlt")} className="max-h-full max-w-full object-contain" />
        ) : picture ? (
          <ArtifactImage
            key={picture.id}
            artifact={picture}
            eager
            className="max-h-full max-w-full object-contain"
          />
        ) : (
          <EmptyState icon="eye" title={t(running ? "nothingSeenYet" : "nothingSeen")}>
            {running ? t("nothingSeenYetText") : t("nothingSeenText")}
          </EmptyState>
        )}
      </div>
    </section>
  );
}

function LiveBadge({ at }: { at: number }) {
  const t = useT();
  const lag = Math.max(0, useNow() - at);
  return (
    <Badge tone="danger" icon="pulse">
      {t("liveBadge")}
      {lag > 1500 && <span className="num font-normal"> · {t("lag", { time: span(lag) })}</span>}
    </Badge>
  );
}
