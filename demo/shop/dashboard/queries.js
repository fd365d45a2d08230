// What the panels ask. Each request says which panel it is for, so that an answer can be given to its panel.

const STEPS = [1, 2, 5, 10, 15, 30, 60];
const MOST_POINTS = 300;

export async function ask(path, parameters, panel) {
  const url = new URL(path, location.href);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const answer = await fetch(url, { headers: { "X-Panel-Id": panel.id, "X-Panel-Title": panel.title } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${reason(text)}`);
  return JSON.parse(text);
}

function reason(text) {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text || "no reason given";
  }
}

// One metric of one service: [[seconds, number]], from and to in milliseconds.
export async function series(metric, service, range, panel) {
  const start = Math.floor(range.from / 1000);
  const end = Math.floor(range.to / 1000);
  const step = STEPS.find((seconds) => (end - start) / seconds <= MOST_POINTS) ?? 120;
  const query = `${metric}{service="${service}"}`;
  const answer = await ask("/api/v1/query_range", { query, start, end, step }, panel);
  const [first] = answer.data.result;
  return { step, values: (first?.values ?? []).map(([time, value]) => [time, Number(value)]) };
}

export async function logLines(service, range, limit, panel) {
  const only = service ? `, service="${service}"` : "";
  const answer = await ask(
    "/loki/api/v1/query_range",
    { query: `{level=~"warn|error"${only}}`, start: `${range.from}000000`, end: `${range.to}000000`, limit },
    panel,
  );
  const lines = answer.data.result.flatMap((stream) => stream.values);
  lines.sort((one, other) => Number(other[0].slice(0, -6)) - Number(one[0].slice(0, -6)));
  return lines.map(([, text]) => JSON.parse(text));
}

export function annotations(range, panel, tag) {
  const tags = tag ? { tags: tag } : {};
  return ask("/api/annotations", { from: range.from, to: range.to, ...tags }, panel);
}
