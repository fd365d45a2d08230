import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormats } from "@/format/formats";
import { usePreferences } from "@/prefs/preferences";

type Point = [number, number | null];

export type ChartLine = { name: string; points: Point[]; dashed?: boolean };

const HEIGHT = 132;

/** Lines over time. `range` and `mark` are in epoch seconds; the charts of a `group` share their cursor. */
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
  const { time, quantity } = useFormats();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours depend on the theme
  useEffect(() => {
    const container = box.current;
    if (!container) return;
    const css = getComputedStyle(document.documentElement);
    const colour = (name: string) => css.getPropertyValue(name).trim();
    const plot = new uPlot(
      {
        width: Math.max(200, container.clientWidth),
        height: HEIGHT,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { sync: { key: group }, drag: { x: false, y: false }, points: { size: 6 } },
        tzDate: (at) => (zone === "utc" ? uPlot.tzDate(new Date(at * 1000), "UTC") : new Date(at * 1000)),
        scales: { x: { range: () => range }, y: { range: (_, low, high) => paddedRange(low, high) } },
        axes: [
          {
            stroke: colour("--ink-3"),
            font: "11px Inter, system-ui, sans-serif",
            grid: { stroke: colour("--line"), width: 1 },
            ticks: { show: false },
            size: 24,
            space: 72, // of a time with seconds, so that labels stay apart
            values: (_, ticks) => ticks.map((at) => time(at * 1000)),
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
        hooks: mark ? { drawClear: [(self) => shadeIncident(self, mark, colour("--danger"), markName)] } : {},
      },
      joinLines(lines),
      container,
    );
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(200, container.clientWidth), height: HEIGHT }),
    );
    observer.observe(container);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [lines, unit, range, mark, group, theme, zone, markName, time, quantity]);
  return <div ref={box} role="img" aria-label={label} className="min-w-0 overflow-hidden" />;
}

/** The y range with some space above and below; a flat line stays in the middle. */
function paddedRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const pad = low === high ? Math.abs(high) * 0.2 || 1 : (high - low) * 0.12;
  return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
}

/** Shades the incident, which starts at the mark. */
function shadeIncident(plot: uPlot, mark: number, colour: string, name = "") {
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

/** One table with the times of all lines. */
function joinLines(lines: ChartLine[]): uPlot.AlignedData {
  return uPlot.join(
    lines.map(
      ({ points }) => [points.map(([at]) => at), points.map(([, value]) => value)] as uPlot.AlignedData,
    ),
  );
}
