"""Answers of `_search`, as Elasticsearch, OpenSearch and their dashboards send them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, TypeAdapter

from adapters.dashboards.extract import Extract
from adapters.dashboards.json_text import json_text
from missions.evidence import LogLine, Origin, Series
from missions.plan import PanelQuery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHEN: TypeAdapter[datetime] = TypeAdapter(datetime)


class _Hits(BaseModel):
    hits: list[dict[str, Any]] = []


class Answered(BaseModel):
    """An answer of `_search`."""

    hits: _Hits
    aggregations: dict[str, dict[str, Any]] = {}


def read_hits(
    found: Answered, asked: PanelQuery, service_field: str, time_field: str, origin: Origin
) -> Extract:
    """Log lines from hits, series from date histograms. Raises ValueError for times that are none."""
    logs = [_line(hit, asked, service_field, time_field, origin) for hit in found.hits.hits]
    series = [line for name, one in found.aggregations.items() for line in _series(name, one, asked, origin)]
    return Extract(series=tuple(series), logs=tuple(sorted(logs, key=lambda line: (line.at, line.id))))


def _line(
    hit: dict[str, Any], asked: PanelQuery, service_field: str, time_field: str, origin: Origin
) -> LogLine:
    # A data view asks for `fields` (lists) where the API sends `_source`.
    fields = {name: _only(value) for name, value in (hit.get("fields") or {}).items()}
    known = {**fields, **_flat(hit.get("_source") or {})}
    level = known.get("log.level") or known.get("level") or known.get("severity") or ""
    return LogLine(
        id=f"log-{hit.get('_index', '')}-{hit.get('_id', '')}",
        at=_moment(known.get(time_field)),
        service=json_text(known.get(service_field) or known.get("service") or asked.service),
        level=json_text(level).lower(),
        message=json_text(known.get("message") or known.get("msg") or known.get("log") or known),
        fields={name: json_text(value) for name, value in known.items()},
        panel=asked.panel,
        query=asked.query,
        origin=origin,
    )


def _moment(value: object) -> datetime:
    """A time in any of the forms that these stores send; one without a zone is UTC."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal()):
        return _EPOCH + timedelta(milliseconds=float(value))
    at = _WHEN.validate_python(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _series(name: str, found: dict[str, Any], asked: PanelQuery, origin: Origin) -> list[Series]:
    buckets = found.get("buckets")
    if not isinstance(buckets, list) or not all(isinstance(one.get("key"), int | float) for one in buckets):
        return []
    measures = {key for one in buckets for key, value in one.items() if isinstance(value, dict)}
    wanted = sorted(key for key in measures if any("value" in (one.get(key) or {}) for one in buckets))
    return [
        Series(
            id=f"{asked.panel}#{asked.service}",
            panel=asked.panel,
            service=asked.service,
            metric=asked.metric or measure or f"{name}_count",
            unit=asked.unit or ("" if measure else "count"),
            query=asked.query,
            origin=origin,
            labels={"aggregation": name, **({"measure": measure} if measure else {})},
            points=tuple((one["key"] / 1000, _value(one, measure)) for one in buckets),
        )
        for measure in (wanted or [""])
    ]


def _value(bucket: dict[str, Any], measure: str) -> float | None:
    value = bucket.get("doc_count") if not measure else (bucket.get(measure) or {}).get("value")
    return None if value is None else float(value)


def _flat(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested objects as dotted names, as these stores name their fields."""
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            flat |= _flat(inner, f"{before}{name}.")
        else:
            flat[before + name] = inner
    return flat


def _only(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
