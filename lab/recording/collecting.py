"""Everything that a recording keeps of its window, as the values of its files."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from adapters.dashboards.products.prometheus.dashboard import queries_of
from lab.recording.columns import pack
from lab.recording.lines import read_lines
from lab.recording.sources import Sources
from lab.recording.watch import SystemWatch
from missions.connector import Connector

STEP_S = 5.0
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

_LEFT_OUT = (
    "go_.*|promhttp_.*|python_.*|erlang_.*|.*_created"
    "|nodejs_(heap_space|gc|eventloop_lag_(mean|stddev|min|max|p50|p90))_?.*"
    "|node_(scrape|cooling|nf|schedstat|softnet|sockstat|xfs|btrfs|thermal|timex|udp)_.*"
    "|node_network_(iface|protocol|carrier|address|name|net|device|mtu|flags)_.*"
    "|rabbitmq_(raft|alarms|schema|msg_store|io|unreachable)_.*|rabbitmq_.*_reductions_total"
    "|redis_latency_percentiles_.*|redis_commands_(rejected|failed)_.*"
    "|namedprocess_namegroup_(context_switches|page_faults|states|threads)_?.*"
)
"""Metrics about the inside of runtimes and exporters: a third of all samples. Those shown are kept."""
_OWN = "prometheus|alertmanager"
"""The jobs of the monitoring itself: only what dashboards and rules use of them is kept."""


async def collect(
    sources: Sources, watch: SystemWatch, start: datetime, end: datetime, lines_end: datetime
) -> dict[str, Any]:
    """The files of the window, by name; lines of logs up to `lines_end` only. httpx.HTTPError, ValueError.

    `panels`: the connectors, and Prometheus' range answers of every dashboard query at 5 s. `raw`: samples of
    the selected series. `alerts`: Alertmanager's answers over time, and the ALERTS series. `logs`, `spans`:
    the lines of each file. `changes`: what operators did.
    """
    return {
        "panels": await _panels(sources, start, end),
        "raw": await _raw(sources, start, end),
        "alerts": await _alerts(sources, watch, start, end),
        "logs": _lines(watch, dict(sources.logs()), start, lines_end),
        "spans": _lines(watch, dict(sources.spans()), start, lines_end),
        "changes": changes_in(sources.changes, start, end),
    }


def queries_shown(connectors: tuple[Connector, ...]) -> tuple[str, ...]:
    """Each query of the Prometheus connectors once, in order."""
    targets = (
        target for connector in connectors if connector.type == "prometheus" for target in connector.targets()
    )
    return tuple(dict.fromkeys(query.query for target in targets for query in queries_of(target)))


def changes_in(path: Path, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The changes of the window, oldest first; lines that are no change are left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    changes = []
    for line in lines:
        try:
            change = json.loads(line)
            at = _moment(change["time"])
        except (ValueError, KeyError, TypeError):
            continue
        if start.timestamp() <= at <= end.timestamp():
            changes.append((at, change))
    return [change for _, change in sorted(changes, key=lambda item: item[0])]


async def _panels(sources: Sources, start: datetime, end: datetime) -> dict[str, Any]:
    answers = [
        [query, pack(await sources.prometheus.range(query, start, end, STEP_S))]
        for query in queries_shown(sources.connectors)
    ]
    return {
        "connectors": [connector.model_dump(mode="json", by_alias=True) for connector in sources.connectors],
        "start": start.timestamp(),
        "end": end.timestamp(),
        "step": STEP_S,
        "answers": answers,
    }


async def _raw(sources: Sources, start: datetime, end: datetime) -> dict[str, Any]:
    """Each series once: all but those that are left out, and those that dashboards and rules use."""
    shown = {*queries_shown(sources.connectors), *await sources.prometheus.rules()}
    mentioned = {name for query in shown for name in _NAME.findall(query)}
    names = sorted(mentioned & await sources.prometheus.metrics())
    selectors = (
        f'{{job=~".+",job!~"{_OWN}",__name__!~"{_LEFT_OUT}"}}',
        f'{{__name__=~"{"|".join(names)}"}}',
    )
    # A range selector leaves out a sample exactly at its start.
    first = start - timedelta(milliseconds=1)
    rows: dict[str, dict[str, Any]] = {}
    for selector in selectors if names else selectors[:1]:
        answer = await sources.prometheus.samples(selector, first, end)
        if answer.get("status") != "success":
            raise ValueError(f"Prometheus refused {selector}: {answer.get('error')}")
        rows |= {json.dumps(row["metric"], sort_keys=True): row for row in answer["data"]["result"]}
    series = {"resultType": "matrix", "result": [row for _, row in sorted(rows.items())]}
    return {
        "selectors": selectors,
        "start": start.timestamp(),
        "end": end.timestamp(),
        "answer": pack({"status": "success", "data": series}),
    }


async def _alerts(sources: Sources, watch: SystemWatch, start: datetime, end: datetime) -> dict[str, Any]:
    try:
        series = await sources.prometheus.range("ALERTS", start, end, STEP_S)
    except (httpx.HTTPError, ValueError):
        series = {"status": "error", "error": "Prometheus did not answer"}
    return {"alertmanager": watch.alerts(start, end), "series": pack(series)}


def _lines(watch: SystemWatch, files: dict[str, Path], start: datetime, end: datetime) -> dict[str, Any]:
    recorded = {
        name: read_lines(path, watch.lengths(path, start, end)) for name, path in sorted(files.items())
    }
    return {name: lines for name, lines in recorded.items() if lines["lines"]}


def _moment(value: Any) -> float:  # noqa: ANN401  a number or a text of ISO 8601
    """Epoch seconds. ValueError, TypeError."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return float(value)
