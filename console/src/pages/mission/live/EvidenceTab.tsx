import { Link } from "@tanstack/react-router";
import type { Mission } from "@/api/schema";
import { quantity } from "@/format/quantity";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import type { ObservedPage, Story } from "@/live/story";
import { Badge, type Tone } from "@/ui/Badge";
import { EmptyState } from "@/ui/EmptyState";
import type { IconName } from "@/ui/icons";
import { UntrustedText } from "@/ui/UntrustedText";

const PANEL: Record<string, [Tone, IconName]> = {
  ready: ["ok", "check"],
  empty: ["neutral", "slash"],
  partial: ["warn", "alert"],
  error: ["danger", "alert"],
};

/** What was found so far, and each page with its panels. */
export function EvidenceTab({
  mission,
  story,
  onChoose,
}: {
  mission: Mission;
  story: Story;
  onChoose: (seq: number) => void;
}) {
  const t = useT();
  if (story.seen.length === 0) return <EmptyState icon="eye" title={t("noEvidence")} />;
  return (
    <div className="flex flex-col gap-4 p-3">
      {story.cause && (
        <div>
          <p className="eyebrow mb-1">{t("causeFound")}</p>
          <p className="font-semibold">
            <code className="font-mono">{truncate(story.cause.service, 60)}</code>:{" "}
            {word(t, "incident", story.cause.incidentType)}
          </p>
          <ul className="mt-1.5 flex flex-col gap-1">
            {story.cause.evidence.slice(0, 4).map((one) => (
              <li key={one.id} className="border-l-2 border-accent/60 pl-2 text-ink-2">
                <UntrustedText text={one.description} most={200} />
                {one.after != null && (
                  <span className="num block text-xs text-ink-3">
                    {quantity(one.before, one.unit)} →{" "}
                    <b className="text-ink">{quantity(one.after, one.unit)}</b>
                  </span>
                )}
              </li>
            ))}
          </ul>
          <Link
            to="/missions/$id/cause"
            params={{ id: mission.id }}
            className="mt-1.5 inline-block font-medium text-accent hover:underline"
          >
            {t("allEvidence")}
          </Link>
        </div>
      )}
      <div>
        <p className="eyebrow mb-1">{t("pages")}</p>
        <ul className="flex flex-col gap-2">
          {story.seen.map((one) => (
            <Page key={one.event.seq} seen={one} onChoose={onChoose} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function Page({ seen, onChoose }: { seen: ObservedPage; onChoose: (seq: number) => void }) {
  const t = useT();
  const { sighting, event } = seen;
  const ready = sighting.panels.filter((one) => one.state === "ready").length;
  const [tone, icon] = PANEL[sighting.state] ?? ["neutral", "dot"];
  return (
    <li className="rounded-md border border-line">
      <details>
        <summary className="flex min-h-8 items-center gap-2 px-2">
          <Badge tone={tone} icon={icon}>
            {word(t, "panel", sighting.state)}
          </Badge>
          <span className="min-w-0 flex-1 truncate font-medium">{truncate(sighting.title, 60)}</span>
          <span className="num text-xs text-ink-3">
            {ready}/{sighting.panels.length} · {word(t, "phase", sighting.phase)}
          </span>
        </summary>
        <ul className="border-t border-line px-2 py-1.5">
          {sighting.panels.map((panel) => (
            <li key={panel.id} className="flex gap-2 py-0.5 text-xs">
              <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                {truncate(panel.title, 80)}
                {panel.reason && <span className="block text-ink-3">{truncate(panel.reason, 120)}</span>}
              </span>
              <span className="num shrink-0 text-ink-3">
                {t("samples", { n: panel.samples })} · {word(t, "panel", panel.state)}
              </span>
            </li>
          ))}
          {sighting.reason && <li className="pt-1 text-xs text-warn">{truncate(sighting.reason, 200)}</li>}
          <li>
            <button
              type="button"
              onClick={() => onChoose(event.seq)}
              className="min-h-6 text-xs font-medium text-accent hover:underline"
            >
              {t("showStep", { n: event.seq })}
            </button>
          </li>
        </ul>
      </details>
    </li>
  );
}
