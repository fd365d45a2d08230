import { CHARTS, Panel, chartPainter, deploymentPainter, logPainter, topologyPainter } from "./panels.js";
import { annotations } from "./queries.js";
import { clock } from "./units.js";

const SERVICES = ["web", "checkout", "payments"];
const RANGES = ["2m", "5m", "15m"];
const UNIT_MS = { s: 1000, m: 60000, h: 3600000 };
const DEFAULT_REFRESH_SECONDS = 5;

const parameters = new URLSearchParams(location.search);
const service = SERVICES.includes(parameters.get("service")) ? parameters.get("service") : null;

// Milliseconds since 1970, from a number, `now` or `now-2m`.
function moment(text, now) {
  const relative = /^now(?:-(\d+)([smh]))?$/.exec(text);
  if (relative) return now - (relative[1] ? Number(relative[1]) * UNIT_MS[relative[2]] : 0);
  const absolute = Number(text);
  if (!text || !Number.isFinite(absolute)) throw new Error(`not a time: ${text}`);
  return Math.round(absolute);
}

function currentRange() {
  const now = Date.now();
  const range = { from: moment(parameters.get("from") ?? "now-2m", now), to: moment(parameters.get("to") ?? "now", now) };
  if (range.to <= range.from) throw new Error("the time range ends before it begins");
  return range;
}

function linkWith(changed) {
  const next = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(changed)) value === null ? next.delete(name) : next.set(name, value);
  return `/?${next}`;
}

function allPanels() {
  const href = (id) => linkWith({ panel: parameters.get("panel") ? null : id });
  const wide = (id, title, painter, kind) => new Panel(id, title, painter, { wide: true, kind, href: href(id) });
  const panels = [wide("topology", "Topology", topologyPainter, "topology")];
  for (const name of SERVICES.filter((each) => !service || each === service)) {
    for (const [kind, { title, only: owners }] of Object.entries(CHARTS)) {
      if (owners && !owners.includes(name)) continue;
      const id = `${name}-${kind}`;
      panels.push(new Panel(id, `${name} ${title}`, chartPainter(name, kind), { kind: "chart", href: href(id) }));
    }
  }
  panels.push(wide("logs", "Warnings and errors, newest first (at most 50)", logPainter, "table"));
  panels.push(wide("deployments", "Deployments and actions", deploymentPainter, "table"));
  return panels;
}

function choices(id, entries) {
  const links = entries.map(([text, href, chosen]) => {
    const link = document.createElement("a");
    link.textContent = text;
    link.href = href;
    if (chosen) link.setAttribute("aria-current", "true");
    return link;
  });
  document.getElementById(id).replaceChildren(...links);
}

function showRange(range) {
  const zone = Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(range.to);
  const name = zone.find((part) => part.type === "timeZoneName").value;
  document.getElementById("range").textContent = `${clock(range.from)} – ${clock(range.to)} ${name}`;
}

async function refreshAll(panels) {
  try {
    const range = currentRange();
    showRange(range);
    // A chart without its change marks is still a chart: their failure is not the panel's.
    const changes = annotations(range, { id: "deployments", title: "Deployments and actions" }).catch(() => []);
    await Promise.all(panels.map((panel) => panel.refresh({ range, service, changes })));
  } catch (error) {
    for (const panel of panels) panel.show("error", error.message);
  }
}

const only = parameters.get("panel");
const panels = allPanels().filter((panel) => !only || panel.id === only);
const room = document.getElementById("panels");
if (only) {
  room.classList.add("large");
  for (const panel of panels) panel.element.classList.add("wide");
}
room.append(...panels.map((panel) => panel.element));
choices("services", [
  ["all services", linkWith({ service: null }), !service],
  ...SERVICES.map((name) => [name, linkWith({ service: name }), name === service]),
]);
choices(
  "ranges",
  RANGES.map((span) => {
    const from = `now-${span}`;
    return [`last ${span}`, linkWith({ from, to: "now" }), (parameters.get("from") ?? "now-2m") === from];
  }),
);
await refreshAll(panels);
const seconds = Number(parameters.get("refresh") ?? DEFAULT_REFRESH_SECONDS);
if (seconds > 0) {
  for (;;) {
    await new Promise((done) => setTimeout(done, seconds * 1000));
    await refreshAll(panels);
  }
}
