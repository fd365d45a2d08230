import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { quantity } from "@/format/quantity";
import { usePreferences } from "@/prefs/preferences";

type Point = [number, number | null];

export type ChartLine = { name: string; points: Point[]; dashed?: boolean };

const HEIGHT = 132;

/** Lines over time: charts of one `group` share their cursor, `range` (epoch seconds) and left edge. */
export function Chart({
  label,
  lines,
  unit,
  range,
  mark,
  group,
  markName,
}: {
  label: string;
  lines: ChartLine[];
  unit: string;
  range: [number, number];
  mark?: number | null;
  markName?: string;
  group: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const { theme, zone } = usePreferences();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const css = getComputedStyle(document.documentElement);
    const colour = (name: string) => css.getPropertyValue(name).trim();
    const plot = new uPlot(
      {
        width: Math.max(200, place.clientWidth),
        height: HEIGHT,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: group }, drag: { x: false, y: false }, points: { size: 6 } },
        tzDate: (at) => (zone === "utc" ? uPlot.tzDate(new Date(at * 1000), "UTC") : new Date(at * 1000)),
        scales: { x: { range: () => range }, y: { range: (_, low, high) => room(low, high) } },
        axes: [
          {
            stroke: colour("--ink-3"),
            font: "11px Inter, system-ui, sans-serif",
            grid: { stroke: colour("--line"), width: 1 },
            ticks: { show: false },
            size: 24,
            values: (_, ticks) => ticks.map((at) => clock(at, zone)),
          },
          {
            stroke: colour("--ink-3"),
            font: "11px Inter, system-ui, sans-serif",
            grid: { stroke: colour("--line"), width: 1 },
            ticks: { show: false },
            size: 74,
            space: 34,
            values: (_, ticks) => ticks.map((value) => quantity(value, unit)),
          },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.name,
            stroke: colour(line.dashed ? "--ink-3" : "--accent"),
            width: 1.75,
            ...(line.dashed ? { dash: [4, 4] } : {}),
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: mark ? { drawClear: [(self) => shade(self, mark, colour("--danger"), markName)] } : {},
      },
      joined(lines),
      place,
    );
    const watch = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT }),
    );
    watch.observe(place);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [lines, unit, range, mark, group, theme, zone, markName]);
  return <div ref={box} role="img" aria-label={label} className="min-w-0 overflow-hidden" />;
}

/** A little room above and below; a flat line stays in the middle. */
function room(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const pad = low === high ? Math.abs(high) * 0.2 || 1 : (high - low) * 0.12;
  return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
}

const clock = (at: number, zone: string) =>
  new Date(at * 1000).toLocaleTimeString("en-GB", zone === "utc" ? { timeZone: "UTC" } : {});

/** From the mark on, the incident. */
function shade(plot: uPlot, mark: number, colour: string, name = "") {
  const { ctx, bbox } = plot;
  const x = Math.max(bbox.left, plot.valToPos(mark, "x", true));
  const end = bbox.left + bbox.width;
  if (x >= end) return;
  ctx.save();
  ctx.globalAlpha = 0.08;
  ctx.fillStyle = colour;
  ctx.fillRect(x, bbox.top, end - x, bbox.height);
  ctx.globalAlpha = 0.9;
  ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
  if (name) {
    ctx.font = `${10 * devicePixelRatio}px Inter, system-ui, sans-serif`;
    ctx.textBaseline = "top";
    ctx.fillText(name, x + 5 * devicePixelRatio, bbox.top + 2 * devicePixelRatio);
  }
  ctx.restore();
}

/** Columns of one table over the union of all times. */
function joined(lines: ChartLine[]): uPlot.AlignedData {
  return uPlot.join(
    lines.map(
      ({ points }) => [points.map(([at]) => at), points.map(([, value]) => value)] as uPlot.AlignedData,
    ),
  );
}
