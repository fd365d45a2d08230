import { useEffect, useRef } from "react";
import type { EventView } from "@/api/schema";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import { useEventText } from "@/i18n/events";
import type { ObservedPage } from "@/live/story";
import type { Playback } from "@/pages/mission/live/usePlayback";
import { ArtifactImage } from "@/ui/ArtifactImage";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/icons";

/** Every picture in a row, and a slider over every step: scrubbing needs no drag. */
export function Filmstrip({
  seen,
  shown,
  chosen,
  events,
  playback,
  onChoose,
}: {
  seen: ObservedPage[];
  shown: ObservedPage | null;
  chosen: number | null;
  events: EventView[];
  playback: Playback;
  onChoose: (seq: number | null) => void;
}) {
  const t = useT();
  const { clock } = useTimes();
  const { titleOf } = useEventText();
  const strip = useRef<HTMLUListElement>(null);
  const pictures = seen.filter((one) => one.picture);
  const last = events.at(-1)?.seq ?? 1;
  const now = chosen ?? last;
  const current = events.find((event) => event.seq === now);
  useEffect(() => {
    if (shown)
      strip.current
        ?.querySelector(`[data-shot="${shown.event.seq}"]`)
        ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown]);
  return (
    <section aria-label={t("filmstrip")} className="card shrink-0 p-2">
      <div className="flex items-center gap-2 px-1">
        <IconButton
          label={t(playback.playing ? "pause" : "play")}
          icon={playback.playing ? "pause" : "play"}
          onClick={playback.toggle}
        />
        <IconButton label={t("stepBack")} icon="left" disabled={now <= 1} onClick={() => onChoose(now - 1)} />
        <IconButton
          label={t("stepOn")}
          icon="right"
          disabled={chosen === null}
          onClick={() => onChoose(now + 1 >= last ? null : now + 1)}
        />
        <input
          type="range"
          min={1}
          max={Math.max(2, last)}
          value={now}
          aria-label={t("scrub")}
          aria-valuetext={current ? titleOf(current) : ""}
          onChange={(event) => {
            const seq = Number(event.target.value);
            onChoose(seq >= last ? null : seq);
          }}
          className="h-6 min-w-0 flex-1 accent-accent"
        />
        <span className="num w-16 text-right text-xs text-ink-3">
          {now} / {last}
        </span>
      </div>
      {pictures.length > 0 && (
        <ul ref={strip} className="mt-2 flex gap-2 overflow-x-auto px-1 pb-1">
          {pictures.map(
            (one) =>
              one.picture && (
                <li key={one.event.seq} data-shot={one.event.seq} className="shrink-0">
                  <button
                    type="button"
                    aria-pressed={shown === one}
                    title={`${truncate(one.sighting.title, 80)} · ${clock(one.event.at)}`}
                    onClick={() => onChoose(one.event.seq === last ? null : one.event.seq)}
                    className="block w-28 overflow-hidden rounded border border-line text-left aria-pressed:border-accent aria-pressed:ring-1 aria-pressed:ring-accent"
                  >
                    <ArtifactImage
                      artifact={one.picture}
                      className="h-16 w-full bg-sunken object-cover object-top"
                    />
                    <span className="flex justify-between gap-1 px-1.5 py-0.5 text-2xs text-ink-2">
                      {one.video && (
                        <>
                          <Icon name="play" className="size-3" />
                          <span className="sr-only">{t("artifact.video")}: </span>
                        </>
                      )}
                      <span className="min-w-0 flex-1 truncate">{truncate(one.sighting.title, 24)}</span>
                      <span className="shrink-0 text-ink-3">{word(t, "phase", one.sighting.phase)}</span>
                    </span>
                  </button>
                </li>
              ),
          )}
        </ul>
      )}
    </section>
  );
}
