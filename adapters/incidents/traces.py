"""Spans of our own lines, Jaeger, Zipkin and OTLP."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import items, labels, mapping, number, path, text
from adapters.incidents.limits import MAX_DURATION_S, MAX_SPANS, MAX_TIME
from adapters.incidents.otlp import any_value, attributes, member, scoped, service_of
from adapters.incidents.times import epoch_seconds
from missions.identities.addresses import host_of
from rca.spans import TraceSpan

_MICRO, _NANO = 1e6, 1e9
_NO_ERROR = frozenset(
    {"", "false", "0", "ok", "none", "unset", "status_code_unset", "status_code_ok", "1", "null"}
)
_SERVER_ERROR = 500
_CALLING = frozenset({"client", "producer", "3", "4"})
"""Kinds of spans that call something, by OpenTelemetry's names and numbers."""
_NO_KIND = frozenset({"", "0", "unspecified"})
_PEERS = ("peer.service", "service.peer.name")
_PEER_HOSTS = (
    "server.address",
    "net.peer.name",
    "http.host",
    "url.full",
    "http.url",
    "peer.hostname",
    "peer.address",
)
_SYSTEMS = ("db.system.name", "db.system", "messaging.system", "db.type")


def add_spans(
    spans: list[TraceSpan], read: Iterable[tuple[int, object, TraceSpan | None]], tally: FileTally, form: str
) -> None:
    """Adds what was read, (line, what it was read of, span), at most a million spans in all."""
    tally.form = form
    for line, source, span in read:
        if span is None:
            tally.skip(line, text(source), "no start, duration or service")
        elif len(spans) >= MAX_SPANS:
            tally.skip(line, text(source), f"more than {MAX_SPANS} spans")
        else:
            spans.append(span)
            tally.cover(span.start)
            tally.spans += 1


def span_of(record: Mapping[str, Any]) -> TraceSpan | None:
    """The span of one of our own lines; None without a valid start, duration and service."""
    milliseconds = number(record.get("durationMs", record.get("duration_ms")))
    return _span(
        (text(record.get("traceId")), text(record.get("spanId")), text(record.get("parentId"))),
        text(record.get("service")),
        epoch_seconds(record.get("start")),
        milliseconds / 1000,
        error=_failed(record.get("error")),
    )


def _span(
    ids: tuple[str, str, str],
    service: str,
    start: float,
    seconds: float,
    *,
    error: bool,
    peer: str = "",
    kind: str = "",
) -> TraceSpan | None:
    if not (service and 0 <= start <= MAX_TIME and 0 <= seconds <= MAX_DURATION_S):
        return None
    kind = _bare(kind)
    is_call = None if kind in _NO_KIND else kind in _CALLING
    return TraceSpan(*ids, service, start, seconds, error, peer, is_call)


def _bare(kind: str) -> str:
    return kind.lower().removeprefix("span_kind_")


def _peer(kind: str, tags: Mapping[str, str]) -> str:
    """What a client or a producer called, by its attributes; "" for other spans."""
    if _bare(kind) not in _CALLING:
        return ""
    if name := next((tags[each] for each in _PEERS if tags.get(each)), ""):
        return name
    hosts = (host_of(tags[each]) for each in _PEER_HOSTS if tags.get(each))
    return next(filter(None, hosts), "") or next((tags[each] for each in _SYSTEMS if tags.get(each)), "")


def jaeger_traces(document: object) -> list[Any] | None:
    """The traces of Jaeger's UI export or API answer; None for another form."""
    traces = items(path(document, "data")) if isinstance(document, dict) else items(document)
    if isinstance(document, dict) and "processes" in document and "spans" in document:
        traces = [document]
    return traces if traces and all("spans" in mapping(trace) for trace in traces) else None


def jaeger_spans(traces: Iterable[object]) -> Iterator[tuple[int, object, TraceSpan | None]]:
    """The spans of these traces."""
    for trace in traces:
        processes = mapping(path(trace, "processes"))
        for span in items(path(trace, "spans")):
            yield 0, span, _jaeger(mapping(span), processes)


def _jaeger(span: Mapping[str, Any], processes: Mapping[str, Any]) -> TraceSpan | None:
    process = span.get("process") or processes.get(text(span.get("processID")))
    tags = attributes_of_tags(span.get("tags"))
    return _span(
        (text(span.get("traceID")), text(span.get("spanID")), _jaeger_parent(span)),
        text(path(process, "serviceName")),
        number(span.get("startTime")) / _MICRO,
        number(span.get("duration")) / _MICRO,
        error=_failed_tags(tags),
        peer=_peer(tags.get("span.kind", ""), tags),
        kind=tags.get("span.kind", ""),
    )


def _jaeger_parent(span: Mapping[str, Any]) -> str:
    references = [mapping(reference) for reference in items(span.get("references"))]
    child_of = [reference for reference in references if reference.get("refType") == "CHILD_OF"]
    parent = next((text(reference.get("spanID")) for reference in (*child_of, *references)), "")
    return parent or text(span.get("parentSpanID"))


def is_jaeger_span(record: Mapping[str, Any]) -> bool:
    """Whether this is a span of a Jaeger index, one a line."""
    return "traceID" in record and "spanID" in record and "duration" in record


def jaeger_line(record: Mapping[str, Any]) -> TraceSpan | None:
    """The span of a line of a Jaeger index."""
    return _jaeger(record, {})


def is_zipkin_span(record: object) -> bool:
    """Whether this is a span of Zipkin v2."""
    fields = mapping(record)
    return "traceId" in fields and "id" in fields and ("localEndpoint" in fields or "duration" in fields)


def zipkin_span(record: Mapping[str, Any]) -> TraceSpan | None:
    """A span of Zipkin v2. Client and server share an id there, so the server's span gets another one."""
    shared = record.get("kind") == "SERVER" and record.get("shared") is True
    own, parent = text(record.get("id")), text(record.get("parentId"))
    tags = labels(record.get("tags"))
    remote = text(path(record, "remoteEndpoint", "serviceName"))
    return _span(
        (text(record.get("traceId")), f"{own}/server" if shared else own, own if shared else parent),
        text(path(record, "localEndpoint", "serviceName")),
        number(record.get("timestamp")) / _MICRO,
        number(record.get("duration")) / _MICRO,
        error=_failed_tags(tags),
        peer=_peer(text(record.get("kind")), {"peer.service": remote} if remote else tags),
        kind=text(record.get("kind")),
    )


def otlp_spans(documents: Iterable[tuple[int, object]]) -> Iterator[tuple[int, object, TraceSpan | None]]:
    """Spans of OTLP's JSON."""
    for line, document in documents:
        for resource, span in scoped(document, "Spans", "spans"):
            start = number(member(span, "startTimeUnixNano"))
            seconds = (number(member(span, "endTimeUnixNano")) - start) / _NANO
            status = mapping(span.get("status")).get("code")
            yield (
                line,
                span,
                _span(
                    (
                        text(member(span, "traceId")),
                        text(member(span, "spanId")),
                        text(member(span, "parentSpanId")),
                    ),
                    service_of(resource),
                    start / _NANO,
                    seconds,
                    error=status in {2, "2", "STATUS_CODE_ERROR", "ERROR", "Error"},
                    peer=_peer(text(span.get("kind")), attributes(span.get("attributes"))),
                    kind=text(span.get("kind")),
                ),
            )


def attributes_of_tags(tags: object) -> dict[str, str]:
    """Jaeger's list of typed tags, or an index's object of tags."""
    if isinstance(tags, dict):
        return attributes(tags)
    return {
        text(path(tag, "key")): text(value)
        if not isinstance(value := path(tag, "value"), dict)
        else any_value(value)
        for tag in items(tags)
        if isinstance(tag, dict)
    }


def _failed_tags(tags: Mapping[str, str]) -> bool:
    """An error by its tag, by OpenTelemetry's status, or by an HTTP or gRPC status of the server."""
    if "error" in tags:
        return tags["error"].lower() not in {"false", "0"}
    if tags.get("otel.status_code", "").upper() == "ERROR":
        return True
    status = number(tags.get("http.status_code") or tags.get("http.response.status_code"))
    return math.isfinite(status) and status >= _SERVER_ERROR


def _failed(value: object) -> bool:
    """An error is recorded as a flag, a status or a text."""
    if isinstance(value, str):
        return value.lower() not in _NO_ERROR - {"1"}
    return value not in (None, False, 0)
