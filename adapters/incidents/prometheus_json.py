"""Answers of Prometheus' HTTP API, promtool's JSON, and VictoriaMetrics' export."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import items, labels, mapping, numbers, path, text
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.recorded_times import parsed_times
from adapters.incidents.times import parsed_time


def prometheus_series(document: object, tally: FileTally) -> list[RecordedSeries] | None:
    """The series of a matrix or vector, or of promtool's array of series; None for another form.

    A vector gives one sample of each series, so answers of several moments have to be in one folder.
    """
    result = path(document, "data", "result")
    if result is None and isinstance(document, dict):
        result = document.get("result")
    if result is None and isinstance(document, list):
        result = document
    entries = [entry for entry in items(result) if isinstance(entry, dict)]
    if not entries or not all(
        "metric" in entry and ({"values", "value", "histograms"} & entry.keys()) for entry in entries
    ):
        return _error(document, tally)
    kind = text(path(document, "data", "resultType")) or "matrix or vector"
    tally.form = f"Prometheus API, {kind}"
    for warning in items(path(document, "warnings")):
        tally.note(f"Prometheus warned: {text(warning)[:200]}")
    series = []
    for entry in entries:
        if "histograms" in entry and "values" not in entry:
            tally.skip(0, text(entry["metric"]), "native histograms are not read")
            continue
        series.append(_series(entry, items(entry.get("values")) or [entry.get("value")], tally))
    return series


def _error(document: object, tally: FileTally) -> list[RecordedSeries] | None:
    if path(document, "status") == "error":
        tally.form = "Prometheus API, error"
        tally.skip(0, text(path(document, "error")), "Prometheus answered with an error")
        return []
    if path(document, "data", "resultType") is not None:
        tally.form = "Prometheus API, empty"
        tally.note("The query of this answer has no series.")
        return []
    return None


def _series(entry: dict[str, Any], samples: list[Any], tally: FileTally) -> RecordedSeries:
    pairs = [sample for sample in samples if isinstance(sample, list) and len(sample) == 2]  # noqa: PLR2004  a pair
    for sample in samples:
        if not (isinstance(sample, list) and len(sample) == 2):  # noqa: PLR2004  time and value
            tally.skip(0, text(sample), "no [time, value]")
    names = labels(entry["metric"])
    metric = names.pop("__name__", "")
    return RecordedSeries(
        service="",
        metric=metric,
        times=np.array([parsed_time(pair[0])[0] for pair in pairs], dtype=np.float64),
        values=numbers([pair[1] for pair in pairs]),
        labels=names,
    )


def is_victoria_line(record: Mapping[str, Any]) -> bool:
    """Whether this is a line of `/api/v1/export`."""
    return (
        isinstance(record.get("values"), list)
        and isinstance(record.get("timestamps"), list)
        and "metric" in record
    )


def victoria_series(records: Iterable[tuple[int, dict[str, Any]]], tally: FileTally) -> list[RecordedSeries]:
    """The series of `/api/v1/export`; a series may have several lines."""
    tally.form = "VictoriaMetrics export"
    result = []
    for line, record in records:
        values, times = items(record.get("values")), items(record.get("timestamps"))
        if not is_victoria_line(record) or len(values) != len(times):
            tally.skip(line, text(record), "no metric with as many values as timestamps")
            continue
        names = labels(mapping(record["metric"]))
        metric = names.pop("__name__", "")
        result.append(
            RecordedSeries(
                service="",
                metric=metric,
                times=parsed_times(times, tally, "the timestamps"),
                values=numbers(values),
                labels=names,
            )
        )
    return result
