"""Responses of `_search`, from Elasticsearch and OpenSearch and through Kibana and OpenSearch Dashboards."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, TypeAdapter

from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.json_fields import json_text
from missions.evidence import LogLine, Origin, Series
from missions.plan import PanelQuery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATETIME: TypeAdapter[datetime] = TypeAdapter(datetime)
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class _Hits(BaseModel):
    hits: list[dict[str, Any]] = []


class SearchResponse(BaseModel):
    """The body of `_search`."""

    hits: _Hits
    aggregations: dict[str, dict[str, Any]] = {}


def read_hits(
    response: SearchResponse, panel_query: PanelQuery, service_field: str, time_field: str, origin: Origin
) -> DecodedResponse:
    """Log lines from hits, series from date histograms. Raises ValueError for a malformed time."""
    logs = [_line(hit, panel_query, service_field, time_field, origin) for hit in response.hits.hits]
    series = [
        line
        for name, buckets in response.aggregations.items()
        for line in _series(name, buckets, panel_query, origin)
    ]
    return DecodedResponse(
        series=tuple(series), logs=tuple(sorted(logs, key=lambda line: (line.at, line.id)))
    )


def read_searches(
    body: bytes, panel_query: PanelQuery, service_field: str, time_field: str
) -> DecodedResponse:
    """Decodes one search response, or one on each line, as Kibana and OpenSearch Dashboards wrap them.

    Raises ValueError where the body holds no search response.
    """
    decoded = []
    for line in body.splitlines():
        value = _ANY.validate_json(line) if line.strip() else {}
        inner = value.get("result", value) if isinstance(value, dict) else {}
        raw = inner.get("rawResponse", inner) if isinstance(inner, dict) else {}
        if isinstance(raw, dict) and "hits" in raw:
            response = SearchResponse.model_validate(raw)
            decoded.append(read_hits(response, panel_query, service_field, time_field, Origin.PAGE_RESPONSE))
    if not decoded:
        raise ValueError("no search is in it")
    return DecodedResponse(
        series=tuple(line for part in decoded for line in part.series),
        logs=tuple(line for part in decoded for line in part.logs),
    )


def _line(
    hit: dict[str, Any], panel_query: PanelQuery, service_field: str, time_field: str, origin: Origin
) -> LogLine:
    # A data view asks for `fields` (lists) where the API sends `_source`.
    fields = {name: _only(value) for name, value in (hit.get("fields") or {}).items()}
    document = {**fields, **_flat(hit.get("_source") or {})}
    level = document.get("log.level") or document.get("level") or document.get("severity") or ""
    return LogLine(
        id=f"log-{hit.get('_index', '')}-{hit.get('_id', '')}",
        at=_moment(document.get(time_field)),
        service=json_text(document.get(service_field) or document.get("service") or panel_query.service),
        level=json_text(level).lower(),
        message=json_text(document.get("message") or document.get("msg") or document.get("log") or document),
        fields={name: json_text(value) for name, value in document.items()},
        panel=panel_query.panel,
        query=panel_query.query,
        origin=origin,
    )


def _moment(value: object) -> datetime:
    """A time in any of the forms that these stores send; one without a zone is UTC."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal()):
        return _EPOCH + timedelta(milliseconds=float(value))
    at = _DATETIME.validate_python(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _series(name: str, aggregation: dict[str, Any], panel_query: PanelQuery, origin: Origin) -> list[Series]:
    buckets = aggregation.get("buckets")
    if not isinstance(buckets, list) or not all(
        isinstance(bucket.get("key"), int | float) for bucket in buckets
    ):
        return []
    measures = {key for bucket in buckets for key, value in bucket.items() if isinstance(value, dict)}
    with_value = sorted(
        key for key in measures if any("value" in (bucket.get(key) or {}) for bucket in buckets)
    )
    return [
        Series(
            id=f"{panel_query.panel}#{panel_query.service}",
            panel=panel_query.panel,
            service=panel_query.service,
            metric=panel_query.metric or measure or f"{name}_count",
            unit=panel_query.unit or ("" if measure else "count"),
            query=panel_query.query,
            origin=origin,
            labels={"aggregation": name, **({"measure": measure} if measure else {})},
            points=tuple((bucket["key"] / 1000, _value(bucket, measure)) for bucket in buckets),
        )
        for measure in (with_value or [""])
    ]


def _value(bucket: dict[str, Any], measure: str) -> float | None:
    value = bucket.get("doc_count") if not measure else (bucket.get(measure) or {}).get("value")
    return None if value is None else float(value)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted names, as these stores name their fields."""
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            flat |= _flat(inner, f"{prefix}{name}.")
        else:
            flat[prefix + name] = inner
    return flat


def _only(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
