"""Metrics of OTLP's JSON, as the collector's file exporter writes them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import items, mapping, number, text
from adapters.incidents.limits import MAX_SERIES
from adapters.incidents.otlp import attributes, member, scoped, service_of
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.times import epoch_seconds
from missions.errors import InvalidError
from semantics.meaning import MetricType

_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_DELTA = {1, "1", "AGGREGATION_TEMPORALITY_DELTA"}
_ABOUT_INSTANCE = frozenset(
    {"telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version", "schema_url"}
)
_Key = tuple[str, str, str, MetricType, tuple[tuple[str, str], ...]]


def otlp_metric_series(documents: Iterable[tuple[int, object]], tally: FileTally) -> list[RecordedSeries]:
    """Every series of gauges and sums, and the counts and means of histograms and summaries.

    A delta becomes a rate per second. Buckets are not read.
    """
    tally.form = "OTLP metrics"
    points: defaultdict[_Key, list[tuple[float, float]]] = defaultdict(list)
    for line, document in documents:
        for resource, metric in scoped(document, "Metrics", "metrics"):
            _add_metric(resource, metric, points, tally, line)
        if len(points) > MAX_SERIES:
            raise InvalidError(f"{tally.file} has more than {MAX_SERIES} series.")
    result = []
    for (service, name, unit, kind, names), samples in points.items():
        times, values = np.array(samples, dtype=np.float64).reshape(-1, 2).T
        result.append(RecordedSeries(service, name, times, values, unit=unit, labels=dict(names), type=kind))
    return result


def _add_metric(
    resource: dict[str, str],
    metric: dict[str, Any],
    points: defaultdict[_Key, list[tuple[float, float]]],
    tally: FileTally,
    line: int,
) -> None:
    name, unit = text(metric.get("name")), text(metric.get("unit"))
    kind = next((each for each in _KINDS if isinstance(member(metric, each), dict)), "")
    if not name or not kind:
        tally.skip(line, text(metric), "a metric without name or data")
        return
    data = mapping(member(metric, kind))
    unit = "count" if unit.startswith("{") else unit
    delta = member(dict(data), "aggregationTemporality") in _DELTA
    service = service_of(resource)
    shared = {label: value for label, value in resource.items() if label not in _ABOUT_INSTANCE}
    for each in items(member(dict(data), "dataPoints")):
        point = dict(mapping(each))
        at = epoch_seconds(member(point, "timeUnixNano"))
        names = shared | attributes(point.get("attributes"))
        labels = tuple(sorted((label, value) for label, value in names.items() if label != "service.name"))
        seconds = at - epoch_seconds(member(point, "startTimeUnixNano") or at)
        for suffix, value_unit, value, counted in _values(
            point, kind, unit, monotonic=data.get("isMonotonic") is True
        ):
            metric_type = MetricType.COUNTER if counted and not delta else MetricType.GAUGE
            if counted and delta:
                value, value_unit = (value / seconds if seconds > 0 else np.nan), _rate(value_unit)  # noqa: PLW2901  the same sample
            if np.isfinite(at) and np.isfinite(value):
                points[service, name + suffix, value_unit, metric_type, labels].append((at, value))
            else:
                tally.skip(line, text(point), "a point without time or value")


def _values(
    point: dict[str, Any], kind: str, unit: str, *, monotonic: bool
) -> list[tuple[str, str, float, bool]]:
    """(suffix of the name, unit, value, whether it counts up) of one point."""
    if kind in {"gauge", "sum"}:
        value = number(
            next(
                (point[name] for name in ("asDouble", "asInt", "as_double", "as_int") if name in point), None
            )
        )
        return [("", unit, value, kind == "sum" and monotonic)]
    count, total = number(point.get("count")), number(point.get("sum"))
    result = [("_count", "count", count, True)]
    if np.isfinite(total):
        result.append(("_sum", unit, total, True))
    return result


def _rate(unit: str) -> str:
    return f"{unit or 'count'}/s"
