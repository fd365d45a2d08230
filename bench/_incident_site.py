"""A synthetic incident as a dashboard on a loopback port, and as a folder with the same numbers."""

import csv
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web

from bench._synthetic import SyntheticCase
from bench._systems import Floats
from missions.plan import Phase, Target, Visit, Window

_PAGE = """<!doctype html><meta charset=utf-8><title>incident</title><style>
section { height: 120px; border: 1px solid #888 }</style><body><script>
for (const id of PANELS) {
  const panel = document.createElement('section');
  Object.assign(panel.dataset, {panelId: id, panelTitle: id, state: 'loading'});
  document.body.append(panel);
  const path = PATHS[id] || '/api/v1/query_range?query=' + encodeURIComponent(id);
  fetch(path, {headers: {'X-Panel-Id': id}}).then(answer => answer.text()).then(text => {
    panel.append(id + ': ' + text.length + ' characters');
    panel.dataset.state = 'ready';
  });
}</script>"""
_PATHS = {"deployments": "/api/annotations", "topology": "/api/topology"}


def recording_of(case: SyntheticCase) -> tuple[Floats, dict[tuple[str, str], Floats]]:
    """Times and columns, including the baseline before them."""
    if case.baseline_times is None:
        return case.times, dict(case.values)
    times = np.concatenate([case.baseline_times, case.times])
    return times, {key: np.concatenate([case.baseline[key], values]) for key, values in case.values.items()}


def panels_of(case: SyntheticCase) -> tuple[str, ...]:
    """A panel for each kind of metric, one for deployments and one for the topology."""
    return (*dict.fromkeys(metric for _, metric in case.values), *_PATHS)


def visit_of(case: SyntheticCase, port: int) -> Visit:
    """A visit of all panels."""
    times, _ = recording_of(case)
    start, end = (datetime.fromtimestamp(float(time), UTC) for time in (times[0], times[-1]))
    target = Target(
        id="incident/overview",
        connector="incident",
        type="web",
        base_url=f"http://127.0.0.1:{port}",
        path="/",
        title="Incident",
        panels=panels_of(case),
    )
    window = Window(start=start, end=end)
    return Visit(org="bench", mission_id="m1", target=target, window=window, phase=Phase.BEFORE)


@asynccontextmanager
async def served(case: SyntheticCase) -> AsyncIterator[int]:
    """Serves the dashboard: its port."""
    page = _PAGE.replace("PANELS", json.dumps(panels_of(case))).replace("PATHS", json.dumps(_PATHS))
    answers: Mapping[str, Any] = {
        "/api/annotations": [
            {
                "id": place,
                "time": change.at * 1000,
                "text": change.kind,
                "tags": [change.kind, change.service],
            }
            for place, change in enumerate(case.changes)
        ],
        "/api/topology": {"dependencies": [{"from": a, "to": b} for a, b in case.calls]},
    }

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/":
            return web.Response(text=page, content_type="text/html")
        if request.path == "/api/v1/query_range":
            return web.json_response(_matrix(case, request.query["query"]))
        if request.path in answers:
            return web.json_response(answers[request.path])
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def write(case: SyntheticCase, folder: Path) -> None:
    """Writes `metrics.csv`, `graph.csv` and `configs.jsonl`."""
    times, columns = recording_of(case)
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", *(f"{service}_{metric}" for service, metric in columns)])
        for place, time in enumerate(times):
            row = (float(values[place]) for values in columns.values())
            writer.writerow([repr(float(time)), *("" if np.isnan(value) else repr(value) for value in row)])
    names = list(dict.fromkeys(name for call in case.calls for name in call))
    with (folder / "graph.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *names])
        for caller in names:
            writer.writerow([caller, *(int((caller, callee) in case.calls) for callee in names)])
    lines = [
        json.dumps({"timestamp": change.at, "service": change.service, "kind": change.kind})
        for change in case.changes
    ]
    (folder / "configs.jsonl").write_text("\n".join(lines))


def _matrix(case: SyntheticCase, metric: str) -> dict[str, Any]:
    times, columns = recording_of(case)
    result = [
        {
            "metric": {"__name__": metric, "service": service},
            "values": [
                [float(time), repr(float(value))]
                for time, value in zip(times, values, strict=True)
                if not np.isnan(value)
            ],
        }
        for (service, name), values in columns.items()
        if name == metric
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}
