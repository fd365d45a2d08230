"""Reads a folder with the recordings of one incident. Other files in it are ignored."""

import csv
from pathlib import Path

import numpy as np

from adapters.incidents.lines import read_configs, read_logs, read_traces
from adapters.incidents.metrics_csv import Column, MetricsRecording, read_metrics
from missions.errors import InvalidError
from missions.evidence import Dependency
from rca.series import TimeSeries, time_series
from rca.spans import series_from_spans
from rca.telemetry import Telemetry

_MAX_SERVICES = 5_000


def read_folder(folder: Path, baseline: Path | None = None, graph: Path | None = None) -> Telemetry:
    """The telemetry of a folder; `baseline` and `graph` are files. Raises InvalidError for a bad file."""
    if not folder.is_dir():
        raise InvalidError(f"{folder} is not a folder.")
    metrics = folder / "metrics.csv"
    if not metrics.is_file():
        raise InvalidError(f"{folder} has no metrics.csv.")
    graph_file = graph or (folder / "graph.csv" if (folder / "graph.csv").is_file() else None)
    names, dependencies = read_graph(graph_file) if graph_file else ((), ())
    logs, configs, traces = (folder / f"{name}.jsonl" for name in ("logs", "configs", "traces"))
    spans, traced_calls = series_from_spans(read_traces(traces)) if traces.is_file() else ((), ())
    if not dependencies:
        dependencies = traced_calls
    recording = read_metrics(metrics, names)
    services = dict.fromkeys((*names, *(column.service for column in recording.columns)))
    return Telemetry(
        series=spans + series_of(recording, read_metrics(baseline, services) if baseline else None),
        logs=(),
        changes=read_configs(configs) if configs.is_file() else (),
        dependencies=dependencies,
        named_services=names,
        log_templates=tuple(read_logs(logs).templates.values()) if logs.is_file() else (),
        until=float(np.nanmax(recording.times)) if np.isfinite(recording.times).any() else None,
    )


def series_of(recording: MetricsRecording, baseline: MetricsRecording | None) -> tuple[TimeSeries, ...]:
    """Every series, with its values in normal operation if the baseline has them."""
    normal = {column.key: column.values for column in baseline.columns} if baseline else {}
    return tuple(
        time_series(
            _id(column),
            column.service,
            column.metric,
            recording.times,
            column.values,
            labels=(("statistic", column.statistic),) if column.statistic else (),
            baseline=normal.get(column.key),
            baseline_times=baseline.times if baseline and column.key in normal else None,
        )
        for column in recording.columns
    )


def read_graph(path: Path) -> tuple[tuple[str, ...], tuple[Dependency, ...]]:
    """The services and calls of an adjacency matrix: a row calls the columns that are not zero."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, csv.Error) as error:
        raise InvalidError(f"{path.name} cannot be read: {error}") from error
    if not rows:
        return (), ()
    columns = rows[0][1:]
    if len(columns) > _MAX_SERVICES:
        raise InvalidError(f"{path.name} has {len(columns)} services; at most {_MAX_SERVICES} are read.")
    names = dict.fromkeys((*columns, *(row[0] for row in rows[1:])))
    calls = tuple(
        Dependency(caller=row[0], callee=column)
        for row in rows[1:]
        for column, cell in zip(columns, row[1:], strict=False)
        if row[0] != column and _calls(cell)
    )
    return tuple(names), calls


def _calls(cell: str) -> bool:
    try:
        return float(cell) != 0 and np.isfinite(float(cell))
    except ValueError:
        return cell.strip().lower() in {"true", "yes"}


def _id(column: Column) -> str:
    return "/".join(filter(None, column.key))
