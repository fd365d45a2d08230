import { Link } from "@tanstack/react-router";
import type { Mission } from "@/api/schema";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import type { ObservedPage, Story } from "@/live/story";
import { PanelMeasures } from "@/pages/mission/live/PanelMeasures";
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

/** The cause, once it is found, and the visited pages with their panels. */
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
  const { quantity } = useFormats();
  if (story.pages.length === 0) return <EmptyState icon="eye" title={t("noEvidence")} />;
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
            {story.cause.evidence.slice(0, 4).map((citation) => (
              <li key={citation.id} className="border-l-2 border-accent/60 pl-2 text-ink-2">
                <UntrustedText text={citation.description} maxLength={200} />
                {citation.after != null && (
                  <span className="num block text-xs text-ink-3">
                    {quantity(citation.before, citation.unit)} →{" "}
                    <b className="text-ink">{quantity(citation.after, citation.unit)}</b>
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
          {story.pages.map((page) => (
            <Page key={page.event.seq} page={page} onChoose={onChoose} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function Page({ page, onChoose }: { page: ObservedPage; onChoose: (seq: number) => void }) {
  const t = useT();
  const { observation, event } = page;
  const ready = observation.panels.filter((panel) => panel.state === "ready").length;
  const [tone, icon] = PANEL[observation.state] ?? ["neutral", "dot"];
  return (
    <li className="rounded-md border border-line">
      <details>
        <summary className="flex min-h-8 items-center gap-2 px-2">
          <Badge tone={tone} icon={icon}>
            {word(t, "panel", observation.state)}
          </Badge>
          <span className="min-w-0 flex-1 truncate font-medium">{truncate(observation.title, 60)}</span>
          <span className="num text-xs text-ink-3">
            {ready}/{observation.panels.length} · {word(t, "phase", observation.phase)}
          </span>
        </summary>
        <ul className="border-t border-line px-2 py-1.5">
          {observation.panels.map((panel) => (
            <li key={panel.id} className="flex gap-2 py-0.5 text-xs">
              <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                {truncate(panel.title, 80)}
                {panel.reason && <span className="block text-ink-3">{truncate(panel.reason, 120)}</span>}
                <PanelMeasures target={observation.target} panel={panel} />
              </span>
              <span className="num shrink-0 text-ink-3">
                {t("samples", { n: panel.samples })} · {word(t, "panel", panel.state)}
              </span>
            </li>
          ))}
          {observation.reason && (
            <li className="pt-1 text-xs text-warn">{truncate(observation.reason, 200)}</li>
          )}
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
