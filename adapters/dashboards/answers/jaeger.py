from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from adapters.dashboards.answers.decoded_response import DecodedResponse
from missions.evidence import Dependency, Origin, Span
from missions.plan import PanelQuery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAILED = {"true", "1"}


class _Tag(BaseModel):
    key: str
    value: object = None  # Jaeger types its tags; other stores send all as strings


class _Reference(BaseModel):
    refType: str = ""  # noqa: N815  Jaeger's spelling
    spanID: str = ""  # noqa: N815  Jaeger's spelling


class _Span(BaseModel):
    traceID: str  # noqa: N815  Jaeger's spelling
    spanID: str  # noqa: N815  Jaeger's spelling
    operationName: str = ""  # noqa: N815  Jaeger's spelling
    references: list[_Reference] = []
    startTime: int  # noqa: N815  microseconds
    duration: int  # microseconds
    tags: list[_Tag] = []
    processID: str = ""  # noqa: N815  Jaeger's spelling


class _Process(BaseModel):
    serviceName: str = ""  # noqa: N815  Jaeger's spelling


class _Trace(BaseModel):
    spans: list[_Span] = []
    processes: dict[str, _Process] = {}


class _Error(BaseModel):
    msg: str = ""


class _Response(BaseModel):
    data: list[_Trace] | None = None
    errors: list[_Error] | None = None


def read_traces(body: bytes, panel_query: PanelQuery, origin: Origin) -> DecodedResponse:
    """Decodes `/api/traces`: spans, and which service calls which.

    Raises ValueError for errors and for any other shape.
    """
    response = _Response.model_validate_json(body)
    if response.errors:
        raise ValueError("; ".join(error.msg for error in response.errors))
    spans = [
        _span(span, trace.processes, panel_query, origin)
        for trace in response.data or ()
        for span in trace.spans
    ]
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    pairs = ((by_id.get((span.trace_id, span.parent_id)), span) for span in spans)
    calls = {(parent.service, child.service) for parent, child in pairs if parent is not None}
    edges = tuple(
        Dependency(caller=caller, callee=callee) for caller, callee in sorted(calls) if caller != callee
    )
    return DecodedResponse(spans=tuple(spans), dependencies=edges)


def _span(span: _Span, processes: dict[str, _Process], panel_query: PanelQuery, origin: Origin) -> Span:
    tags = {tag.key: str(tag.value).lower() for tag in span.tags}
    process = processes.get(span.processID, _Process())
    parents = [reference.spanID for reference in span.references if reference.refType == "CHILD_OF"]
    return Span(
        trace_id=span.traceID,
        span_id=span.spanID,
        parent_id=next(iter(parents), ""),
        service=process.serviceName,
        operation=span.operationName,
        start=_EPOCH + timedelta(microseconds=span.startTime),
        duration_ms=span.duration / 1000,
        error=tags.get("error") in _FAILED or tags.get("otel.status_code") == "error",
        panel=panel_query.panel,
        query=panel_query.query,
        origin=origin,
    )
