// A panel asks for its data itself; data-state says ready only once the answer has been drawn.

import { drawChart } from "./chart.js";
import { annotations, ask, logLines, series } from "./queries.js";
import { deploymentTable, logTable } from "./tables.js";
import { drawTopology } from "./topology.js";
import { legendText } from "./units.js";

const BLUE = "#5aa9ff";
const MOST_ROWS = 50;
const CHANGE_COLORS = { deployment: "#c58bff", action: "#f5b544", alert: "#ff6b6b" };

export const CHARTS = {
  rate: { title: "requests/s", unit: "rate", floor: 10, lines: [["requests_per_second", "requests", BLUE]] },
  errors: { title: "error ratio", unit: "share", floor: 0.04, lines: [["error_ratio", "5xx", "#ff6b6b"]] },
  latency: {
    title: "p95 latency",
    unit: "seconds",
    floor: 0.1,
    lines: [["latency_p95_seconds", "p95", "#3fd6b8"], ["latency_p50_seconds", "p50", "#7d8ca6"]],
  },
  memory: {
    title: "memory",
    unit: "bytes",
    floor: 0,
    lines: [["memory_bytes", "used", "#f0c05a"], ["memory_limit_bytes", "limit", "#ff6b6b", true]],
  },
  pool: {
    title: "connection pool",
    unit: "count",
    floor: 10,
    lines: [["pool_in_use", "in use", "#c58bff"], ["pool_size", "size", "#ff6b6b", true], ["pool_waiting", "waiting", "#f5b544"]],
  },
  wait: { title: "wait for a connection", unit: "seconds", floor: 0.1, lines: [["pool_wait_seconds", "mean", "#f08fc0"]] },
  provider: {
    title: "provider latency",
    unit: "seconds",
    floor: 0.1,
    lines: [["provider_latency_seconds", "p95", "#f5b544"]],
    only: ["payments"],
  },
};

// Each painter returns a function that draws, or null when there is nothing to draw.
export function chartPainter(service, kind) {
  const chart = CHARTS[kind];
  return async (panel, context) => {
    const [found, events] = await Promise.all([
      Promise.all(chart.lines.map(([metric]) => series(metric, service, context.range, panel))),
      context.changes,
    ]);
    if (found[0].values.length === 0) return null;
    const lines = chart.lines.map(([, name, color, dashed], index) => ({ name, color, dashed, ...found[index] }));
    const changes = events
      .filter((event) => event.data.service === service)
      .map((event) => ({ time: event.time, color: CHANGE_COLORS[event.tags[0]] }));
    const last = lines.filter((line) => line.values.length);
    panel.legend(last.map(({ name, color, values }) => [name, color, legendText(values.at(-1)[1], chart.unit)]));
    return () => drawChart(panel.canvas, { lines, unit: chart.unit, floor: chart.floor, range: context.range, changes });
  };
}

export async function topologyPainter(panel) {
  const [topology, states] = await Promise.all([ask("/api/topology", {}, panel), ask("/api/services", {}, panel)]);
  return () => drawTopology(panel.canvas, topology, states);
}

export async function logPainter(panel, context) {
  const lines = await logLines(context.service, context.range, MOST_ROWS, panel);
  return lines.length ? () => panel.scroll.replaceChildren(logTable(lines)) : null;
}

export async function deploymentPainter(panel, context) {
  const events = (await annotations(context.range, panel)).filter(
    (event) => !context.service || event.data.service === context.service,
  );
  return events.length ? () => panel.scroll.replaceChildren(deploymentTable(events)) : null;
}

export class Panel {
  constructor(id, title, painter, { wide = false, kind, href }) {
    Object.assign(this, { id, title, painter, paint: null });
    this.element = make("section", `panel ${kind}${wide ? " wide" : ""}`);
    Object.assign(this.element.dataset, { panelId: id, panelTitle: title, state: "loading" });
    const link = make("a", "", title);
    link.href = href;
    const heading = make("h3");
    heading.append(link);
    this.notice = make("p", "notice", "Loading …");
    this.element.append(heading);
    if (kind === "table") {
      this.scroll = make("div", "scroll");
      this.element.append(this.scroll);
    } else {
      this.legendList = make("ul", "legend");
      this.canvas = make("canvas");
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", title);
      this.element.append(...(kind === "chart" ? [this.legendList] : []), this.canvas);
      new ResizeObserver(() => this.paint?.()).observe(this.canvas);
    }
    this.element.append(this.notice);
  }

  legend(entries) {
    this.legendList.replaceChildren(
      ...entries.map(([name, color, text]) => {
        const key = make("span", "key");
        key.style.background = color;
        const item = make("li");
        item.append(key, name, make("b", "", text));
        return item;
      }),
    );
    this.canvas.setAttribute("aria-label", `${this.title}: ${entries.map(([name, , text]) => `${name} ${text}`).join(", ")}`);
  }

  async refresh(context) {
    try {
      this.paint = await this.painter(this, context);
      if (!this.paint) return this.show("empty", "No data in this time range");
      // Laid out before drawn: a canvas that is not displayed has no size. Both happen before the next frame.
      const { element } = this;
      element.classList.add("drawing");
      this.paint();
      element.classList.remove("drawing");
      this.show("ready", "");
    } catch (error) {
      this.show("error", error.message);
    }
  }

  show(state, text) {
    this.notice.textContent = text;
    this.element.dataset.state = state;
  }
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
