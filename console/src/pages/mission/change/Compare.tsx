import { useId, useState } from "react";
import { truncate } from "@/format/text";
import { useTimes } from "@/format/time";
import { useT, word } from "@/i18n";
import type { ObservedPage } from "@/live/story";
import { ArtifactImage } from "@/ui/ArtifactImage";

/** Two pictures of the same page, one over the other, with a slider between them; or side by side. */
export function Compare({ before, after }: { before: ObservedPage; after: ObservedPage | null }) {
  const t = useT();
  const [share, setShare] = useState(50);
  const id = useId();
  if (!after?.picture || !before.picture) {
    return (
      <div className="grid gap-3 p-3 sm:grid-cols-2">
        <Figure seen={before} />
        {after ? (
          <Figure seen={after} />
        ) : (
          <p className="grid place-items-center p-6 text-ink-3">{t("notLookedAtAgain")}</p>
        )}
      </div>
    );
  }
  return (
    <div className="p-3">
      <div className="relative overflow-hidden rounded border border-line bg-sunken print:hidden">
        <ArtifactImage artifact={before.picture} className="block w-full" />
        <div className="absolute inset-0" style={{ clipPath: `inset(0 0 0 ${share}%)` }}>
          <ArtifactImage artifact={after.picture} className="block w-full" />
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
        {t("compareSlider", { page: before.sighting.title })}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={100}
        value={share}
        aria-valuetext={t("compareValue", { n: share })}
        onChange={(event) => setShare(Number(event.target.value))}
        className="mt-2 h-6 w-full accent-accent print:hidden"
      />
      <div className="mt-1 flex flex-wrap justify-between gap-2 text-xs text-ink-2 print:hidden">
        <Caption seen={before} />
        <Caption seen={after} />
      </div>
      <div className="hidden grid-cols-2 gap-3 print:grid">
        <Figure seen={before} />
        <Figure seen={after} />
      </div>
    </div>
  );
}

function Caption({ seen }: { seen: ObservedPage }) {
  const t = useT();
  const { clock } = useTimes();
  return (
    <span className="num">
      {word(t, "phase", seen.sighting.phase)} · {clock(seen.event.at)} ·{" "}
      {word(t, "panel", seen.sighting.state)}
      {seen.picture && (
        <code className="ml-1.5 font-mono text-2xs text-ink-3" title={seen.picture.sha256}>
          {seen.picture.sha256.slice(0, 12)}
        </code>
      )}
    </span>
  );
}

function Figure({ seen }: { seen: ObservedPage }) {
  const t = useT();
  return (
    <figure className="min-w-0">
      {seen.picture ? (
        <ArtifactImage artifact={seen.picture} className="w-full rounded border border-line" />
      ) : (
        <p className="rounded border border-line bg-sunken p-6 text-center text-ink-3">
          {t("noPicture")} {truncate(seen.sighting.reason, 160)}
        </p>
      )}
      <figcaption className="mt-1 text-xs text-ink-2">
        <Caption seen={seen} />
      </figcaption>
    </figure>
  );
}
