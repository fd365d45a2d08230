import { lazy, Suspense, useMemo } from "react";
import { useFormats } from "@/format/formats";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import {
  type EvidenceIndex,
  type EvidenceItem,
  type ResolvedCitation,
  seriesName,
  seriesUnit,
} from "@/live/evidence";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

const Chart = lazy(async () => ({ default: (await import("@/ui/Chart")).Chart }));
const MAX_CHARTS = 8;

type SeriesItem = Extract<EvidenceItem, { kind: "series" }>;

/** The cited series over one time range with the incident; without citations all observed series. */
export function CauseCharts({
  evidence,
  index,
  onset,
}: {
  evidence: ResolvedCitation[];
  index: EvidenceIndex;
  onset: string | null;
}) {
  const t = useT();
  const shown = useMemo(
    () =>
      (evidence.length > 0
        ? evidence.flatMap(({ item }, row) => (item?.kind === "series" ? [{ item, number: row + 1 }] : []))
        : [...index.items.values()].flatMap((item) =>
            item.kind === "series" ? [{ item, number: null }] : [],
          )
      ).slice(0, MAX_CHARTS),
    [evidence, index],
  );
  const range = useMemo(() => rangeOf(shown.map(({ item }) => item)), [shown]);
  if (index.loading) {
    return (
      <Panel title={t("metrics")}>
        <Skeleton rows={5} />
      </Panel>
    );
  }
  if (shown.length === 0 || !range) {
    return (
      <Panel title={t("metrics")}>
        <EmptyState icon="graph" title={t("noCharts")}>
          {t("noChartsText")}
        </EmptyState>
      </Panel>
    );
  }
  const mark = onset ? Date.parse(onset) / 1000 : null;
  return (
    <Panel title={t("metrics")}>
      <Suspense fallback={<Skeleton rows={6} />}>
        <div className="flex flex-col gap-5">
          {shown.map(({ item, number }) => (
            <SeriesChart key={item.series.id} item={item} number={number} range={range} mark={mark} />
          ))}
        </div>
      </Suspense>
    </Panel>
  );
}

function SeriesChart({
  item,
  number,
  range,
  mark,
}: {
  item: SeriesItem;
  number: number | null;
  range: [number, number];
  mark: number | null;
}) {
  const t = useT();
  const { time, quantity } = useFormats();
  const { series } = item;
  const metric = seriesName(series);
  const unit = seriesUnit(series);
  const name = `${series.service} ${metric}`;
  const lines = useMemo(
    () => [{ name: metric, points: series.points as [number, number | null][] }],
    [series, metric],
  );
  const values = series.points.flatMap(([, value]) => (typeof value === "number" ? [value] : []));
  return (
    <figure>
      <figcaption className="mb-1 flex flex-wrap items-baseline gap-x-2">
        {number !== null && (
          <span className="num grid size-5 place-items-center rounded-full bg-accent-soft text-2xs font-semibold text-accent">
            {number}
          </span>
        )}
        <span className="font-medium">
          <code className="font-mono text-xs">{truncate(series.service, 40)}</code> {truncate(metric, 60)}
        </span>
        <span className="num ml-auto text-xs text-ink-3">
          {t("minMax", {
            low: quantity(Math.min(...values), unit),
            high: quantity(Math.max(...values), unit),
          })}
        </span>
      </figcaption>
      <Chart
        label={t("chartOf", { name })}
        lines={lines}
        unit={unit}
        range={range}
        mark={mark}
        markName={t("incidentMark")}
        group="cause"
      />
      <details className="text-xs text-ink-2">
        <summary className="min-h-6">{t("asTable")}</summary>
        <div className="max-h-48 overflow-auto" role="group" aria-label={name}>
          <table className="num w-full">
            <thead className="text-left text-ink-3">
              <tr>
                <th className="font-medium">{t("time")}</th>
                <th className="text-right font-medium">{truncate(metric, 40)}</th>
              </tr>
            </thead>
            <tbody>
              {series.points.map(([at, value]) => (
                <tr key={at} className="border-t border-line/60">
                  <td>{time(at * 1000)}</td>
                  <td className="text-right">{quantity(value, unit)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function rangeOf(items: SeriesItem[]): [number, number] | null {
  const times = items.flatMap(({ series }) => series.points.map(([at]) => at));
  return times.length > 1 ? [Math.min(...times), Math.max(...times)] : null;
}
