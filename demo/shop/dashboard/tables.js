import { clock } from "./units.js";

const LOG_COLUMNS = [
  ["Time", (line) => clock(Date.parse(line.timestamp))],
  ["Level", (line) => badge(line.level)],
  ["Replica", (line) => line.replica],
  ["Version", (line) => line.version],
  ["Status", (line) => line.status ?? "–", "number"],
  ["Duration", (line) => (line.durationMs === undefined ? "–" : `${Math.round(line.durationMs)} ms`), "number"],
  ["Message", (line) => line.message, "message"],
  ["Trace", (line) => (line.traceId ? line.traceId.slice(0, 8) : "–"), "mono"],
];

const DEPLOYMENT_COLUMNS = [
  ["Time", (event) => clock(event.time)],
  ["Kind", (event) => badge(event.tags[0])],
  ["Service", (event) => event.data.service],
  ["What", (event) => event.text, "message"],
  ["By", (event) => event.data.actor ?? "operator"],
];

export const logTable = (lines) => table(LOG_COLUMNS, lines);
export const deploymentTable = (events) => table(DEPLOYMENT_COLUMNS, events);

function badge(text, tone = text) {
  const element = document.createElement("span");
  element.className = `level ${tone}`;
  element.textContent = text;
  return element;
}

function table(columns, rows) {
  const element = document.createElement("table");
  const head = element.createTHead().insertRow();
  for (const [title, , kind] of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    if (kind === "number") cell.className = kind;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [, content, kind] of columns) {
      const cell = line.insertCell();
      cell.append(content(row)); // text nodes only: a log message is never markup
      if (kind) cell.className = kind;
    }
  }
  return element;
}
