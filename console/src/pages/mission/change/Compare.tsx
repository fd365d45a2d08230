import { useId, useState } from "react";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import type { ObservedPage } from "@/live/story";
import { ArtifactImage } from "@/ui/ArtifactImage";

/** Two screenshots of a page, one over the other with a slider; side by side if one is missing or on paper. */
export function Compare({ before, after }: { before: ObservedPage; after: ObservedPage | null }) {
  const t = useT();
  const { percent } = useFormats();
  const [share, setShare] = useState(50);
  const id = useId();
  if (!after?.screenshot || !before.screenshot) {
    return (
      <div className="grid gap-3 p-3 sm:grid-cols-2">
        <Figure page={before} />
        {after ? (
          <Figure page={after} />
        ) : (
          <p className="grid place-items-center p-6 text-ink-3">{t("notCheckedAgain")}</p>
        )}
      </div>
    );
  }
  return (
    <div className="p-3">
      <div className="relative overflow-hidden rounded border border-line bg-sunken print:hidden">
        <ArtifactImage artifact={before.screenshot} className="block w-full" />
        <div className="absolute inset-0" style={{ clipPath: `inset(0 0 0 ${share}%)` }}>
          <ArtifactImage artifact={after.screenshot} className="block w-full" />
        </div>
        <div
          className="pointer-events-none absolute inset-y-0 w-0.5 bg-accent"
          style={{ left: `${share}%` }}
        />
        <span className="absolute top-2 left-2 rounded bg-raised/90 px-1.5 py-0.5 text-2xs font-semibold">
          {t("before")}
        </span>
        <span className="absolute top-2 right-2 rounded bg-raised/90 px-1.5 py-0.5 text-2xs font-semibold">
          {t("after")}
        </span>
      </div>
      <label htmlFor={id} className="sr-only">
        {t("compareSlider", { page: before.observation.title })}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={100}
        value={share}
        aria-valuetext={t("compareValue", { share: percent(share / 100) })}
        onChange={(event) => setShare(Number(event.target.value))}
        className="mt-2 h-6 w-full accent-accent print:hidden"
      />
      <div className="mt-1 flex flex-wrap justify-between gap-2 text-xs text-ink-2 print:hidden">
        <Caption page={before} />
        <Caption page={after} />
      </div>
      <div className="hidden grid-cols-2 gap-3 print:grid">
        <Figure page={before} />
        <Figure page={after} />
      </div>
    </div>
  );
}

function Caption({ page }: { page: ObservedPage }) {
  const t = useT();
  const { time } = useFormats();
  return (
    <span className="num">
      {word(t, "phase", page.observation.phase)} · {time(page.event.at)} ·{" "}
      {word(t, "panel", page.observation.state)}
      {page.screenshot && (
        <code className="ml-1.5 font-mono text-2xs text-ink-3" title={page.screenshot.sha256}>
          {page.screenshot.sha256.slice(0, 12)}
        </code>
      )}
    </span>
  );
}

function Figure({ page }: { page: ObservedPage }) {
  const t = useT();
  return (
    <figure className="min-w-0">
      {page.screenshot ? (
        <ArtifactImage artifact={page.screenshot} className="w-full rounded border border-line" />
      ) : (
        <p className="rounded border border-line bg-sunken p-6 text-center text-ink-3">
          {t("noScreenshot")} {truncate(page.observation.reason, 160)}
        </p>
      )}
      <figcaption className="mt-1 text-xs text-ink-2">
        <Caption page={page} />
      </figcaption>
    </figure>
  );
}
