"""Grafana's data frames: columns, with NaN and infinities listed beside them."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field

from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.grafana_queries import GrafanaQuery, executed_query
from adapters.dashboards.answers.json_fields import json_object
from missions.evidence import LogLine, Origin, Series, Span
from missions.plan import PanelQuery
from semantics.expressions import DOCUMENT_PRODUCTS, selected_metric

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = {"NaN": math.nan, "Inf": math.inf, "NegInf": -math.inf}
_LINE_FIELDS = ("line", "body", "message", "content")
_LEVEL_FIELDS = ("level", "severity", "detected_level")


class _Config(BaseModel):
    unit: str | None = None
    displayName: str | None = None  # noqa: N815  Grafana's spelling
    displayNameFromDS: str | None = None  # noqa: N815  Grafana's spelling


class _Field(BaseModel):
    name: str = ""
    type: str = ""
    labels: dict[str, str] | None = None
    config: _Config | None = None


class _Meta(BaseModel):
    type: str | None = None
    preferredVisualisationType: str | None = None  # noqa: N815  Grafana's spelling
    executedQueryString: str | None = None  # noqa: N815  Grafana's spelling


class _Schema(BaseModel):
    name: str | None = None
    refId: str | None = None  # noqa: N815  Grafana's spelling
    meta: _Meta | None = None
    fields: list[_Field] = []


class _Data(BaseModel):
    values: list[list[Any]] = []
    entities: list[dict[str, list[int]] | None] | None = None
    nanos: list[list[int] | None] | None = None


class _Frame(BaseModel):
    schema_: _Schema = Field(alias="schema")
    data: _Data = _Data()


class _OldSeries(BaseModel):
    """A series of Grafana 7: [value, milliseconds] each."""

    name: str = ""
    points: list[tuple[float | None, float | None]] = []
    tags: dict[str, str] | None = None


class _Result(BaseModel):
    """One query's result: `frames` from 8 on, `series` of Grafana 7's older data sources."""

    error: str | None = None
    status: int | None = None
    frames: list[_Frame] | None = None
    series: list[_OldSeries] | None = None
    tables: list[Any] | None = None
    dataframes: list[str] | None = None

    @property
    def unread(self) -> str:
        """What it holds that is not read, "" where all is."""
        if self.frames or self.series:
            return ""
        return "frames in Arrow's binary form" if self.dataframes else "tables" if self.tables else ""


class _Response(BaseModel):
    results: dict[str, _Result]


class _Column(BaseModel):
    """A field with its values; times are epoch seconds."""

    field: _Field
    values: list[Any]


def read_frames(
    body: bytes,
    panel_query: PanelQuery,
    service_label: str,
    origin: Origin,
    queries: Mapping[str, GrafanaQuery] = MappingProxyType({}),
) -> DecodedResponse:
    """Decodes `/api/ds/query`. Raises ValueError where a query failed, and for any other shape.

    `queries` are those of the request by their refId; without them the text of `panel_query` is the query.
    """
    response = _Response.model_validate_json(body)
    failed = [f"{ref}: {result.error}" for ref, result in response.results.items() if result.error]
    if failed:
        raise ValueError("; ".join(failed))
    unread = [
        f"{ref}: {result.unread}, which are not read"
        for ref, result in response.results.items()
        if result.unread
    ]
    if unread:
        raise ValueError("; ".join(unread))
    series: list[Series] = []
    logs: list[LogLine] = []
    spans: list[Span] = []
    for ref, result in response.results.items():
        asked = queries.get(ref) or GrafanaQuery(panel_query.query, selected_metric(panel_query.query))
        series += [_old_series(old, panel_query, asked, service_label, origin) for old in result.series or ()]
        for frame in result.frames or ():
            columns = list(_columns(frame))
            meta = frame.schema_.meta or _Meta()
            kind = meta.preferredVisualisationType or meta.type or ""
            asked = _answered(queries.get(ref), panel_query.query, meta.executedQueryString or "")
            frame_query = panel_query.model_copy(update={"query": asked.text})
            if kind in {"logs", "log-lines"}:
                logs += _logs(columns, frame_query, service_label, origin)
            elif kind == "trace":
                spans += _spans(columns, frame_query, origin)
            else:
                name = _frame_name(frame.schema_, ref)
                series += _series(columns, frame_query, asked, name, service_label, origin)
    return DecodedResponse(series=tuple(series), logs=tuple(logs), spans=tuple(spans))


def _old_series(
    old: _OldSeries, panel_query: PanelQuery, asked: GrafanaQuery, service_label: str, origin: Origin
) -> Series:
    labels = old.tags or {}
    points = [(moment / 1000, value) for value, moment in old.points if moment is not None]
    query = panel_query.model_copy(update={"query": asked.text})
    field = _Field(name=old.name)
    return _described(_line(field, labels, points, query, service_label, origin), field, labels, asked, "")


def _answered(asked: GrafanaQuery | None, text: str, executed: str) -> GrafanaQuery:
    """The query of a frame; where it has variables, as the data source executed it."""
    asked = asked or GrafanaQuery(text, selected_metric(text))
    if executed and (not asked.text or ("$" in asked.text and asked.product not in DOCUMENT_PRODUCTS)):
        text = executed_query(executed)
        return GrafanaQuery(text, selected_metric(text, asked.product) or asked.metric, asked.product)
    return asked


def _frame_name(schema: _Schema, ref: str) -> str:
    """The legend that the data source gave the frame; "" for its refId and for a list of labels."""
    name = (schema.name or "").strip()
    return "" if name in {ref, schema.refId} or "{" in name else name


def _columns(frame: _Frame) -> Iterator[_Column]:
    data = frame.data
    for index, field in enumerate(frame.schema_.fields):
        values = list(data.values[index]) if index < len(data.values) else []
        entities = (data.entities or [])[index : index + 1]
        for name, rows in (entities[0] if entities and entities[0] else {}).items():
            for row in rows:
                if name in _SPECIAL and row < len(values):
                    values[row] = _SPECIAL[name]
        if field.type == "time":
            nanos = next(iter((data.nanos or [])[index : index + 1]), None) or []
            values = [
                None if value is None else float(value) / 1000 + (nanos[row] / 1e9 if row < len(nanos) else 0)
                for row, value in enumerate(values)
            ]
        yield _Column(field=field, values=values)


def _series(
    columns: list[_Column],
    panel_query: PanelQuery,
    asked: GrafanaQuery,
    name: str,
    service_label: str,
    origin: Origin,
) -> Iterator[Series]:
    """Wide and long frames: each number column, split by the values of the string columns beside it."""
    times = next((column.values for column in columns if column.field.type == "time"), None)
    numbers = [column for column in columns if column.field.type in {"number", "boolean"}]
    words = [column for column in columns if column.field.type in {"string", "enum"}]
    rows = len(times) if times is not None else max((len(column.values) for column in columns), default=0)
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for row in range(rows):
        key = tuple((word.field.name, str(word.values[row])) for word in words) if numbers else ()
        groups.setdefault(key, []).append(row)
    only = name if len(numbers) == 1 else ""
    for column in numbers or words:
        for key, members in groups.items():
            points = [
                (times[row] if times is not None else 0.0, column.values[row])
                for row in members
                if row < len(column.values) and (times is None or times[row] is not None)
            ]
            labels = {**(column.field.labels or {}), **dict(key)}
            line = _line(column.field, labels, points, panel_query, service_label, origin)
            yield _described(line, column.field, labels, asked, only)


def _line(
    field: _Field,
    labels: dict[str, str],
    points: list[tuple[float, Any]],
    panel_query: PanelQuery,
    service_label: str,
    origin: Origin,
) -> Series:
    service = labels.get(service_label, "")
    texts = tuple((moment, value) for moment, value in points if isinstance(value, str))
    numbers = tuple(
        (moment, None if value is None else float(value))
        for moment, value in points
        if not isinstance(value, str)
    )
    return Series(
        id=f"{panel_query.panel}#{service}",
        panel=panel_query.panel,
        service=service,
        metric="",
        unit=(field.config.unit if field.config else None) or "",
        query=panel_query.query,
        origin=origin,
        labels={name: value for name, value in labels.items() if name != "__name__"},
        texts=texts,
        points=numbers,
    )


def _described(line: Series, field: _Field, labels: dict[str, str], asked: GrafanaQuery, name: str) -> Series:
    """The series with its metric, its legend and its product."""
    config = field.config or _Config()
    column = field.name if field.name.lower() not in {"value", "time", ""} else ""
    metric = labels.get("__name__") or asked.metric or column
    legend = config.displayName or config.displayNameFromDS or name or column
    facts = {
        "metric": metric,
        "legend": "" if legend == metric or "{" in legend else legend,
        "product": asked.product,
    }
    return line.model_copy(update=facts)


def _logs(
    columns: list[_Column], panel_query: PanelQuery, service_label: str, origin: Origin
) -> Iterator[LogLine]:
    by_name = {column.field.name.lower(): column.values for column in columns}
    times = next((column.values for column in columns if column.field.type == "time"), [])
    lines = next((by_name[name] for name in _LINE_FIELDS if name in by_name), None)
    if lines is None:
        lines = next((column.values for column in columns if column.field.type == "string"), [])
    labels = by_name.get("labels", [])
    for row, text in enumerate(lines):
        fields: dict[str, Any] = labels[row] if row < len(labels) and isinstance(labels[row], dict) else {}
        fields = {**fields, **json_object(str(text))}
        levels = [by_name[name][row] for name in _LEVEL_FIELDS if name in by_name]
        moment = times[row] if row < len(times) and times[row] is not None else 0.0
        digest = hashlib.sha256(f"{moment!r}{text}".encode()).hexdigest()[:10]
        yield LogLine(
            id=f"log-{digest}",
            at=_EPOCH + timedelta(seconds=moment),
            service=str(fields.get("service") or fields.get(service_label) or ""),
            level=str(next(iter(levels), None) or fields.get("level") or "").lower(),
            message=str(fields.get("message") or fields.get("msg") or text),
            fields={name: str(value) for name, value in fields.items()},
            panel=panel_query.panel,
            query=panel_query.query,
            origin=origin,
        )


def _spans(columns: list[_Column], panel_query: PanelQuery, origin: Origin) -> Iterator[Span]:
    cells = {column.field.name.lower(): column.values for column in columns}
    starts = [float(value) / (1 if _is_time(columns, "starttime") else 1000) for value in cells["starttime"]]
    for row, trace in enumerate(cells["traceid"]):
        tags = cells.get("tags", [None] * (row + 1))[row] or []
        flags = {str(tag.get("key")): tag.get("value") for tag in tags if isinstance(tag, dict)}
        status = cells.get("statuscode", [None] * (row + 1))[row]
        yield Span(
            trace_id=str(trace),
            span_id=str(cells["spanid"][row]),
            parent_id=str(cells.get("parentspanid", [""] * (row + 1))[row] or ""),
            service=str(cells["servicename"][row]),
            operation=str(cells["operationname"][row]),
            start=_EPOCH + timedelta(seconds=starts[row]),
            duration_ms=float(cells["duration"][row]),
            error=status == 2 or str(flags.get("error", "")).lower() == "true",  # noqa: PLR2004  OTLP's "error"
            panel=panel_query.panel,
            query=panel_query.query,
            origin=origin,
        )


def _is_time(columns: list[_Column], name: str) -> bool:
    return any(column.field.name.lower() == name and column.field.type == "time" for column in columns)
