import { useState } from "react";
import { may } from "@/api/rights";
import type { PanelObservation, SeriesMeasure } from "@/api/schema";
import { useUser } from "@/api/session";
import { truncate } from "@/format/text";
import { useT, word } from "@/i18n";
import { StateMeasure } from "@/pages/mission/live/StateMeasure";

const MOST_SERVICES = 3;

/** What the series of a panel measure, as the engine understood it, and a form to state it. */
export function PanelMeasures({ target, panel }: { target: string; panel: PanelObservation }) {
  const t = useT();
  const user = useUser();
  const [stating, setStating] = useState<SeriesMeasure | null>(null);
  const groups = grouped(panel.measures ?? []);
  if (groups.length === 0) return null;
  const unknown = groups.some(([measure]) => measure.role === "unknown");
  const mayState = may(user, "write dashboards");
  return (
    <>
      <ul>
        {groups.map(([measure, services]) => (
          <li key={keyOf(measure)} className={measure.role === "unknown" ? "text-warn" : "text-ink-3"}>
            <Answer measure={measure} services={services} />
            {mayState && (
              <>
                {" "}
                <button
                  type="button"
                  onClick={() => setStating(measure)}
                  className="min-h-6 font-medium text-accent hover:underline"
                >
                  {t("stateMeasure")}
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
      {unknown && !mayState && <p className="text-ink-3">{t("stateNeedsRight")}</p>}
      {stating && (
        <StateMeasure target={target} panel={panel} measure={stating} onClose={() => setStating(null)} />
      )}
    </>
  );
}

function Answer({ measure, services }: { measure: SeriesMeasure; services: string[] }) {
  const t = useT();
  const name = measure.metric ? `${truncate(measure.metric, 60)}: ` : "";
  if (measure.role === "unknown") return <>{`${name}${t("notUnderstood")}`}</>;
  const what = [word(t, "measured", measure.role), measure.statistic, measure.unit]
    .filter(Boolean)
    .join(", ");
  const basis = word(t, "basis", measure.basis);
  const shown = services.slice(0, MOST_SERVICES).map((service) => truncate(service, 40));
  const rest = services.length > shown.length ? [`+${services.length - shown.length}`] : [];
  const service = [...shown, ...rest].join(", ");
  return <>{service ? t("measuresOf", { what, service, basis }) : t("measures", { what, basis })}</>;
}

const keyOf = ({ role, unit, statistic, basis, metric, query }: SeriesMeasure) =>
  [role, unit, statistic, basis, metric, query].join("\n");

/** Answers that differ by service only, together. */
function grouped(measures: SeriesMeasure[]): [SeriesMeasure, string[]][] {
  const groups = new Map<string, [SeriesMeasure, string[]]>();
  for (const measure of measures) {
    const [, services] = groups.get(keyOf(measure)) ?? [];
    const named = measure.service ? [measure.service] : [];
    groups.set(keyOf(measure), [measure, [...(services ?? []), ...named]]);
  }
  return [...groups.values()];
}
