"""An observed system as the folder of a recording, as docs/rca.md describes it."""

import csv
import json
from pathlib import Path

from observed_system import ObservedSystem

from missions.evidence import Evidence


def write_folder(system: ObservedSystem, folder: Path) -> Path:
    """Writes metrics.csv, graph.csv, logs.jsonl, configs.jsonl and traces.jsonl, where there is anything."""
    page = system.evidence()
    _write_metrics(page, folder / "metrics.csv")
    _write_graph(page, folder / "graph.csv")
    records = {
        "logs": [
            {"timestamp": line.at.timestamp(), **line.model_dump(include={"service", "level", "message"})}
            for line in page.logs
        ],
        "configs": [
            {
                "timestamp": change.at.timestamp(),
                **change.model_dump(include={"service", "kind", "description"}),
            }
            for change in page.changes
        ],
        "traces": [
            {
                "traceId": span.trace_id,
                "spanId": span.span_id,
                "parentId": span.parent_id,
                "service": span.service,
                "operation": span.operation,
                "start": span.start.timestamp(),
                "durationMs": span.duration_ms,
                "error": span.error,
            }
            for span in page.spans
        ],
    }
    for name, objects in records.items():
        if objects:
            lines = "".join(json.dumps(record) + "\n" for record in objects)
            (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def _write_metrics(page: Evidence, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["time", *(f"{series.service}_{series.metric}" for series in page.series)])
        for place, (time, _) in enumerate(page.series[0].points):
            values = (series.points[place][1] for series in page.series)
            writer.writerow([time, *("" if value is None else value for value in values)])


def _write_graph(page: Evidence, path: Path) -> None:
    calls = {(call.caller, call.callee) for call in page.dependencies}
    names = sorted({name for call in calls for name in call})
    if names:
        rows = [["", *names]]
        rows += [[caller, *(str(int((caller, callee) in calls)) for callee in names)] for caller in names]
        path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
