import { useState } from "react";
import type { EventView, Mission, MissionRights } from "@/api/schema";
import { useNow } from "@/format/clock";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { useFrame } from "@/live/frames";
import { browserControlOf, type ObservedPage } from "@/live/story";
import { BrowserControlBar, ControlledBrowser, useBrowserControl } from "@/pages/mission/live/BrowserControl";
import { ArtifactImage } from "@/ui/ArtifactImage";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Icon } from "@/ui/icons";

/** The mission's browser: live, or the last screenshot up to the chosen step. */
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
  const { time } = useFormats();
  const running = !mission.finishedAt;
  const lease = browserControlOf(events, useNow());
  const frame = useFrame(mission.id, running && chosen === null, lease?.target);
  const control = useBrowserControl(mission, you, events, frame);
  // The id of the video that plays: another visit starts with its screenshot, and nothing plays by itself.
  const [playing, setPlaying] = useState<string | null>(null);
  const video = !frame && shown?.video ? shown.video : null;
  const moving = video !== null && video.id === playing;
  const artifact = moving ? video : shown?.screenshot;
  return (
    <section aria-label={t("browser")} className="card flex min-h-64 flex-1 flex-col overflow-hidden">
      <header className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-3">
        {chosen ? (
          <>
            <Badge icon="clock">
              <span className="num">{t("atStep", { n: chosen.seq, time: time(chosen.at) })}</span>
            </Badge>
            <Button small kind="primary" icon="play" onClick={onLive} className="ml-auto">
              {t(running ? "backToLive" : "backToEnd")}
            </Button>
          </>
        ) : frame ? (
          <>
            <LiveBadge at={frame.at} />
            <span className="min-w-0 truncate text-xs text-ink-2">{truncate(frame.doing, 100)}</span>
            <BrowserControlBar control={control} />
          </>
        ) : (
          <Badge icon={running ? "camera" : "flag"} tone={running ? "accent" : "neutral"}>
            {t(running ? "latestScreenshot" : "lastScreenshot")}
          </Badge>
        )}
        {shown && !chosen && !frame && (
          <span className="num ml-auto text-xs text-ink-3">{time(shown.event.at)}</span>
        )}
      </header>
      {shown && (
        <div className="flex h-8 shrink-0 items-center gap-2 border-b border-line bg-sunken px-3 text-xs text-ink-2">
          <Icon name="eye" className="size-3.5" />
          <span className="truncate font-medium">{truncate(shown.observation.title, 60)}</span>
          <code className="min-w-0 truncate font-mono text-2xs text-ink-3">
            {truncate(shown.observation.url, 160)}
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
            {word(t, "phase", shown.observation.phase)} · {word(t, "panel", shown.observation.state)}
          </span>
        </div>
      )}
      <div className="grid min-h-0 flex-1 place-items-center overflow-hidden bg-sunken">
        {frame && control.mine ? (
          <ControlledBrowser src={frame.url} control={control} />
        ) : frame ? (
          <img src={frame.url} alt={t("liveAlt")} className="max-h-full max-w-full object-contain" />
        ) : artifact ? (
          <ArtifactImage
            key={artifact.id}
            artifact={artifact}
            eager
            className="max-h-full max-w-full object-contain"
          />
        ) : (
          <EmptyState icon="eye" title={t(running ? "noPagesYet" : "noPages")}>
            {running ? t("noPagesYetText") : t("noPagesText")}
          </EmptyState>
        )}
      </div>
    </section>
  );
}

function LiveBadge({ at }: { at: number }) {
  const t = useT();
  const { duration } = useFormats();
  const lag = Math.max(0, useNow() - at);
  return (
    <Badge tone="danger" icon="pulse">
      {t("liveBadge")}
      {lag > 1500 && <span className="num font-normal"> · {t("lag", { time: duration(lag) })}</span>}
    </Badge>
  );
}
