from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from adapters.dashboards.extract import Extract
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


class _Answer(BaseModel):
    data: list[_Trace] | None = None
    errors: list[_Error] | None = None


def read_traces(body: bytes, asked: PanelQuery, origin: Origin) -> Extract:
    """Reads `/api/traces`: spans, and who calls whom. Raises ValueError for errors and other shapes."""
    answer = _Answer.model_validate_json(body)
    if answer.errors:
        raise ValueError("; ".join(error.msg for error in answer.errors))
    spans = [_span(one, trace.processes, asked, origin) for trace in answer.data or () for one in trace.spans]
    by_id = {(one.trace_id, one.span_id): one for one in spans}
    parents = ((by_id.get((one.trace_id, one.parent_id)), one) for one in spans)
    calls = {(above.service, one.service) for above, one in parents if above is not None}
    edges = tuple(
        Dependency(caller=caller, callee=callee) for caller, callee in sorted(calls) if caller != callee
    )
    return Extract(spans=tuple(spans), dependencies=edges)


def _span(span: _Span, processes: dict[str, _Process], asked: PanelQuery, origin: Origin) -> Span:
    tags = {tag.key: str(tag.value).lower() for tag in span.tags}
    process = processes.get(span.processID, _Process())
    parents = [one.spanID for one in span.references if one.refType == "CHILD_OF"]
    return Span(
        trace_id=span.traceID,
        span_id=span.spanID,
        parent_id=next(iter(parents), ""),
        service=process.serviceName,
        operation=span.operationName,
        start=_EPOCH + timedelta(microseconds=span.startTime),
        duration_ms=span.duration / 1000,
        error=tags.get("error") in _FAILED or tags.get("otel.status_code") == "error",
        panel=asked.panel,
        query=asked.query,
        origin=origin,
    )
