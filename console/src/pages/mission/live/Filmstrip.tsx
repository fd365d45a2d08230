import { useEffect, useRef } from "react";
import type { EventView } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { useEventText } from "@/live/renderEvent";
import type { ObservedPage } from "@/live/story";
import type { Playback } from "@/pages/mission/live/usePlayback";
import { ArtifactImage } from "@/ui/ArtifactImage";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/icons";

/** The screenshots in a row, with buttons and a slider for all events. */
export function Filmstrip({
  pages,
  shown,
  chosen,
  events,
  playback,
  onChoose,
}: {
  pages: ObservedPage[];
  shown: ObservedPage | null;
  chosen: number | null;
  events: EventView[];
  playback: Playback;
  onChoose: (seq: number | null) => void;
}) {
  const t = useT();
  const { time } = useFormats();
  const { titleOf } = useEventText();
  const strip = useRef<HTMLUListElement>(null);
  const withScreenshot = pages.filter(({ screenshot }) => screenshot);
  const last = events.at(-1)?.seq ?? 1;
  const current = chosen ?? last;
  const currentEvent = events.find(({ seq }) => seq === current);
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
        <IconButton
          label={t("stepBack")}
          icon="left"
          disabled={current <= 1}
          onClick={() => onChoose(current - 1)}
        />
        <IconButton
          label={t("stepOn")}
          icon="right"
          disabled={chosen === null}
          onClick={() => onChoose(current + 1 >= last ? null : current + 1)}
        />
        <input
          type="range"
          min={1}
          max={Math.max(2, last)}
          value={current}
          aria-label={t("scrub")}
          aria-valuetext={currentEvent ? titleOf(currentEvent) : ""}
          onChange={(event) => {
            const seq = Number(event.target.value);
            onChoose(seq >= last ? null : seq);
          }}
          className="h-6 min-w-0 flex-1 accent-accent"
        />
        <span className="num w-16 text-right text-xs text-ink-3">
          {current} / {last}
        </span>
      </div>
      {withScreenshot.length > 0 && (
        <ul ref={strip} className="mt-2 flex gap-2 overflow-x-auto px-1 pb-1">
          {withScreenshot.map(
            (page) =>
              page.screenshot && (
                <li key={page.event.seq} data-shot={page.event.seq} className="shrink-0">
                  <button
                    type="button"
                    aria-pressed={shown === page}
                    title={`${truncate(page.observation.title, 80)} · ${time(page.event.at)}`}
                    onClick={() => onChoose(page.event.seq === last ? null : page.event.seq)}
                    className="block w-28 overflow-hidden rounded border border-line text-left aria-pressed:border-accent aria-pressed:ring-1 aria-pressed:ring-accent"
                  >
                    <ArtifactImage
                      artifact={page.screenshot}
                      className="h-16 w-full bg-sunken object-cover object-top"
                    />
                    <span className="flex justify-between gap-1 px-1.5 py-0.5 text-2xs text-ink-2">
                      {page.video && (
                        <>
                          <Icon name="play" className="size-3" />
                          <span className="sr-only">{t("artifact.video")}: </span>
                        </>
                      )}
                      <span className="min-w-0 flex-1 truncate">{truncate(page.observation.title, 24)}</span>
                      <span className="shrink-0 text-ink-3">{word(t, "phase", page.observation.phase)}</span>
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
