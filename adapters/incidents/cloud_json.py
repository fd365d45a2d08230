"""Answers of Datadog's and CloudWatch's APIs."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import items, mapping, number, numbers, path, text
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.recorded_times import parsed_times
from adapters.incidents.selector_text import parse_selector, tags_of

_STATISTICS = {"Average": "mean", "Sum": "sum", "Minimum": "min", "Maximum": "max", "SampleCount": "count"}
_UNITS = {"Milliseconds": "ms", "Microseconds": "us", "Count/Second": "count/s", "None": ""}


def datadog_series(document: object, tally: FileTally) -> list[RecordedSeries] | None:
    """The series of `/api/v1/query` or `/api/v2/query/timeseries`; None for another form."""
    entries = [mapping(entry) for entry in items(path(document, "series"))]
    if entries and all("pointlist" in entry for entry in entries):
        tally.form = "Datadog query"
        return [_datadog(entry, tally) for entry in entries]
    content = path(document, "data", "attributes")
    if path(content, "times") is None or path(content, "series") is None:
        return None
    tally.form = "Datadog timeseries"
    return list(_timeseries(mapping(content), tally))


def _datadog(entry: Any, tally: FileTally) -> RecordedSeries:  # noqa: ANN401  JSON
    pairs = [pair for pair in items(entry.get("pointlist")) if isinstance(pair, list) and len(pair) == 2]  # noqa: PLR2004  a pair
    tags = items(entry.get("tag_set")) or text(entry.get("scope")).split(",")
    return RecordedSeries(
        service="",
        metric=text(entry.get("metric") or entry.get("display_name")),
        times=parsed_times([pair[0] for pair in pairs], tally, "the points"),
        values=numbers([pair[1] for pair in pairs]),
        unit=_unit(entry.get("unit")),
        labels=_tags(tags),
        expression=text(entry.get("expression")),
    )


def _timeseries(content: Any, tally: FileTally) -> Iterator[RecordedSeries]:  # noqa: ANN401  JSON
    times = parsed_times(items(content.get("times")), tally, "the times")
    for entry, values in zip(items(content.get("series")), items(content.get("values")), strict=False):
        fields = mapping(entry)
        if len(items(values)) != times.size:
            tally.skip(0, text(entry), "not as many values as times")
            continue
        query = text(fields.get("query") or fields.get("name"))
        selector = parse_selector(query)
        yield RecordedSeries(
            service="",
            metric=selector.name if selector else query,
            times=times,
            values=numbers(items(values)),
            unit=_unit(fields.get("unit")),
            labels=(selector.labels if selector else {}) | _tags(items(fields.get("group_tags"))),
            expression=query if selector else "",
        )


def _tags(tags: list[Any]) -> dict[str, str]:
    result: dict[str, str] = {}
    for tag in tags:
        result |= tags_of(text(tag)) or {}
    return result


def _unit(value: object) -> str:
    """Datadog writes [unit, unit of the denominator]."""
    parts = [
        text(path(part, "short_name") or path(part, "name")) for part in items(value)[:2] if part is not None
    ]
    return "/".join(part for part in parts if part)


def cloudwatch_series(document: object, tally: FileTally) -> list[RecordedSeries] | None:
    """The series of `get-metric-data` or `get-metric-statistics`; None for another form."""
    results = path(document, "MetricDataResults")
    if isinstance(results, list):
        tally.form = "CloudWatch get-metric-data"
        return [_metric_data(mapping(result), tally) for result in results]
    points = path(document, "Datapoints")
    if isinstance(points, list):
        tally.form = "CloudWatch get-metric-statistics"
        return list(
            _metric_statistics(text(path(document, "Label")), [mapping(point) for point in points], tally)
        )
    return None


def _metric_data(result: Any, tally: FileTally) -> RecordedSeries:  # noqa: ANN401  JSON
    label = text(result.get("Label")) or text(result.get("Id"))
    times = parsed_times(items(result.get("Timestamps")), tally, "the timestamps")
    values = numbers(items(result.get("Values")))
    if result.get("StatusCode") == "PartialData":
        tally.note(f"CloudWatch answered {label[:100]!r} with a part of the data only.")
    size = min(times.size, values.size)
    return RecordedSeries("", label, times[:size], values[:size])


def _metric_statistics(label: str, points: list[Any], tally: FileTally) -> Iterator[RecordedSeries]:
    times = parsed_times([point.get("Timestamp") for point in points], tally, "the timestamps")
    unit = next((text(point.get("Unit")) for point in points if point.get("Unit")), "")
    extended = {name for point in points for name in mapping(point.get("ExtendedStatistics"))}
    columns = {name: [number(point.get(name)) for point in points] for name in _STATISTICS}
    columns |= {
        name: [number(path(point, "ExtendedStatistics", name)) for point in points]
        for name in sorted(extended)
    }
    for name, values in columns.items():
        if not np.isfinite(values).any():
            continue
        yield RecordedSeries(
            service="",
            metric=label,
            times=times,
            values=np.array(values, dtype=np.float64),
            statistic=_STATISTICS.get(name, name),
            unit=_UNITS.get(unit, unit),
        )
