import { useState } from "react";
import type { ServiceGraph } from "@/api/schema";
import { truncate } from "@/format/text";
import { useT } from "@/i18n";
import { Button } from "@/ui/Button";
import { Panel } from "@/ui/Panel";

const BOX = { width: 116, height: 34, gapX: 52, gapY: 18 };

type Place = { name: string; x: number; y: number };

/** Places callers left of the services that they call. A cycle of calls ends after one round per service. */
export function layOut(graph: ServiceGraph): Place[] {
  const names = [
    ...new Set([...graph.services, ...graph.dependencies.flatMap(({ caller, callee }) => [caller, callee])]),
  ];
  const rank = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < names.length; round += 1) {
    let moved = false;
    for (const { caller, callee } of graph.dependencies) {
      const wanted = (rank.get(caller) ?? 0) + 1;
      if ((rank.get(callee) ?? 0) < wanted && wanted < names.length) {
        rank.set(callee, wanted);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const used = new Map<number, number>();
  return names.map((name) => {
    const column = rank.get(name) ?? 0;
    const row = used.get(column) ?? 0;
    used.set(column, row + 1);
    return { name, x: column * (BOX.width + BOX.gapX), y: row * (BOX.height + BOX.gapY) };
  });
}

/** The calls between services with the cause marked, as a diagram or as a list. */
export function ServiceMap({ graph, cause }: { graph: ServiceGraph; cause: string | null }) {
  const t = useT();
  const [asList, setAsList] = useState(false);
  const places = layOut(graph);
  if (places.length === 0) return null;
  const placeOf = new Map(places.map((place) => [place.name, place]));
  const width = Math.max(...places.map(({ x }) => x)) + BOX.width;
  const height = Math.max(...places.map(({ y }) => y)) + BOX.height;
  return (
    <Panel
      title={t("serviceMap")}
      aside={
        <Button small kind="quiet" aria-pressed={asList} onClick={() => setAsList(!asList)}>
          {t(asList ? "asDiagram" : "asList")}
        </Button>
      }
    >
      {asList ? (
        <ul className="flex flex-col gap-1">
          {places.map(({ name }) => {
            const calls = graph.dependencies
              .filter(({ caller }) => caller === name)
              .map(({ callee }) => callee);
            return (
              <li key={name}>
                <code className="font-mono text-xs">{truncate(name, 60)}</code>
                {name === cause && <strong className="text-danger"> ({t("theCause")})</strong>}
                {calls.length > 0 && (
                  <span className="text-ink-2"> {t("callsServices", { names: calls.join(", ") })}</span>
                )}
              </li>
            );
          })}
        </ul>
      ) : (
        <svg
          viewBox={`-2 -2 ${width + 4} ${height + 4}`}
          className="mx-auto max-h-72 w-full max-w-lg"
          role="img"
          aria-label={t("serviceMapAlt", { n: places.length, cause: cause ?? "–" })}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0.500 7 4 0 7.500Z" className="fill-ink-3" />
            </marker>
          </defs>
          {graph.dependencies.map(({ caller, callee }) => {
            const from = placeOf.get(caller);
            const to = placeOf.get(callee);
            if (!from || !to) return null;
            const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
            const [x2, y2] = [to.x - 2, to.y + BOX.height / 2];
            const bend = Math.max(20, (x2 - x1) / 2);
            return (
              <path
                key={`${caller}/${callee}`}
                d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
                className="fill-none stroke-line-strong"
                strokeWidth="1.5"
                markerEnd="url(#arrow)"
              />
            );
          })}
          {places.map(({ name, x, y }) => (
            <g key={name}>
              <rect
                x={x}
                y={y}
                width={BOX.width}
                height={BOX.height}
                rx="6"
                className={
                  name === cause ? "fill-danger-soft stroke-danger" : "fill-surface stroke-line-strong"
                }
                strokeWidth={name === cause ? 2 : 1.25}
              />
              <text
                x={x + BOX.width / 2}
                y={y + BOX.height / 2 + 4}
                textAnchor="middle"
                className={`text-xs ${name === cause ? "fill-danger font-semibold" : "fill-ink"}`}
              >
                {truncate(name, 15)}
              </text>
            </g>
          ))}
        </svg>
      )}
    </Panel>
  );
}
