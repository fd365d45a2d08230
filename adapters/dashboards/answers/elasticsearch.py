"""Responses of `_search`, from Elasticsearch and OpenSearch and through Kibana and OpenSearch Dashboards."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, TypeAdapter

from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.document_searches import DocumentSearch, document_search
from adapters.dashboards.answers.json_fields import json_object, json_text
from missions.evidence import LogLine, Origin, Series
from missions.plan import PanelQuery

_DEEPEST = 10
_OLDEST = 1e11  # epoch milliseconds of 1973: numbers in other fields are smaller
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
    response: SearchResponse,
    panel_query: PanelQuery,
    service_field: str,
    time_field: str,
    origin: Origin,
    search: DocumentSearch | None = None,
) -> DecodedResponse:
    """Log lines from hits, series from date histograms. Raises ValueError for a malformed time.

    `search` is what was asked for: the response names neither fields nor functions. Without it the query of
    the panel is the filter of what is counted.
    """
    logs = [_line(hit, panel_query, service_field, time_field, origin) for hit in response.hits.hits]
    groups = search.groups if search else {}
    histograms = _histograms(response.aggregations, groups, {}, 0)
    series = [
        line
        for histogram in histograms
        for line in _series(histogram, panel_query, service_field, origin, search)
    ]
    return DecodedResponse(
        series=tuple(series), logs=tuple(sorted(logs, key=lambda line: (line.at, line.id)))
    )


def read_searches(
    body: bytes, panel_query: PanelQuery, service_field: str, time_field: str, request: str = ""
) -> DecodedResponse:
    """Decodes one search response, or one on each line, as Kibana and OpenSearch Dashboards wrap them.

    `request` is the body of the request. Raises ValueError where the body holds no search response.
    """
    asked = json_object(request)
    decoded = []
    for line in body.splitlines():
        value = _ANY.validate_json(line) if line.strip() else {}
        inner = value.get("result", value) if isinstance(value, dict) else {}
        raw = inner.get("rawResponse", inner) if isinstance(inner, dict) else {}
        if isinstance(raw, dict) and "hits" in raw:
            search = document_search(_part(asked, value.get("id")), time_field)
            search = replace(search, filter=search.filter or panel_query.query)
            response = SearchResponse.model_validate(raw)
            decoded.append(
                read_hits(response, panel_query, service_field, time_field, Origin.PAGE_RESPONSE, search)
            )
    if not decoded:
        raise ValueError("no search is in it")
    return DecodedResponse(
        series=tuple(line for part in decoded for line in part.series),
        logs=tuple(line for part in decoded for line in part.logs),
    )


def _part(request: dict[str, Any], number: object) -> object:
    """The search with this number in a batch; the whole request where it has one search."""
    batch = request.get("batch")
    if isinstance(batch, list) and isinstance(number, int) and 0 <= number < len(batch):
        return batch[number]
    return request


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
        service=json_text(document.get(service_field) or document.get("service") or ""),
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


@dataclass(frozen=True)
class _Histogram:
    """The buckets of a date histogram, and the values of the groups around it by their fields."""

    name: str
    buckets: list[dict[str, Any]]
    groups: dict[str, str]


def _histograms(
    aggregations: dict[str, Any], fields: dict[str, str], groups: dict[str, str], depth: int
) -> Iterator[_Histogram]:
    """All date histograms, also those inside groups; buckets with other keys are groups.

    So are those of the aggregations in `fields`, by which the request groups: numbers may be long, too.
    """
    for name, aggregation in aggregations.items():
        buckets = aggregation.get("buckets") if isinstance(aggregation, dict) else None
        if not isinstance(buckets, list) or not buckets or depth > _DEEPEST:
            continue
        if name not in fields and all(_is_time(bucket) for bucket in buckets):
            yield _Histogram(name, buckets, groups)
            continue
        for bucket in buckets:
            inner = groups | {fields.get(name, name): json_text(bucket.get("key", ""))}
            yield from _histograms(bucket, fields, inner, depth + 1)


def _is_time(bucket: dict[str, Any]) -> bool:
    key = bucket.get("key")
    return isinstance(key, int | float) and key > _OLDEST


def _series(
    histogram: _Histogram,
    panel_query: PanelQuery,
    service_field: str,
    origin: Origin,
    search: DocumentSearch | None,
) -> Iterator[Series]:
    """Each measure of a date histogram, or the number of documents without any."""
    service = histogram.groups.get(service_field, "")
    for measure, percentile in _measures(histogram.buckets) or [("", "")]:
        asked = search.measures.get(measure) if search else None
        formula = search.formula(measure, percentile) if search else ""
        yield Series(
            id=f"{panel_query.panel}#{service}",
            panel=panel_query.panel,
            service=service,
            metric=asked.field if asked else measure,
            unit="",  # these stores know no units
            query=formula or ("" if measure else panel_query.query),
            origin=origin,
            labels=histogram.groups
            | {"aggregation": histogram.name}
            | ({"measure": measure} if measure else {})
            | ({"percentile": percentile} if percentile else {}),
            product="elasticsearch",
            points=tuple(
                (bucket["key"] / 1000, _value(bucket, measure, percentile)) for bucket in histogram.buckets
            ),
        )


def _measures(buckets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Names of the measures in the buckets, each with a percentile where it has several values."""
    measures = set()
    for bucket in buckets:
        for name, content in bucket.items():
            if isinstance(content, dict) and "value" in content:
                measures.add((name, ""))
            elif isinstance(content, dict) and isinstance(content.get("values"), dict):
                measures |= {(name, percentile) for percentile in content["values"]}
    return sorted(measures)


def _value(bucket: dict[str, Any], measure: str, percentile: str) -> float | None:
    content = bucket.get(measure) or {}
    if not measure:
        value = bucket.get("doc_count")
    else:
        value = content.get("values", {}).get(percentile) if percentile else content.get("value")
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
