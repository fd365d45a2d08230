import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.json_fields import json_object, json_text
from adapters.dashboards.answers.prometheus import NUMBERS, read_query
from missions.evidence import LogLine
from missions.plan import PanelQuery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN_COLUMNS = frozenset({"timestamp", "service", "level", "message"})


class _Stream(BaseModel):
    stream: dict[str, str]
    # [nanoseconds, line] or [nanoseconds, line, structured metadata]
    values: list[tuple[int, str] | tuple[int, str, dict[str, Any]]]


class _Streams(BaseModel):
    resultType: str  # noqa: N815  Loki's spelling
    result: list[_Stream]


class _Kind(BaseModel):
    resultType: str  # noqa: N815  Loki's spelling


class _AnyResponse(BaseModel):
    data: _Kind


class _Response(BaseModel):
    data: _Streams


def read_streams(body: bytes, panel_query: PanelQuery, service_label: str) -> DecodedResponse:
    """Decodes Loki's queries, streams or numbers. Raises ValueError for any other shape."""
    if _AnyResponse.model_validate_json(body).data.resultType in NUMBERS:
        series = read_query(body, panel_query, service_label).series
        return DecodedResponse(series=tuple(line.model_copy(update={"product": "loki"}) for line in series))
    lines: dict[str, LogLine] = {}
    for stream in _Response.model_validate_json(body).data.result:
        for nanoseconds, text, *metadata in stream.values:
            # A line's own fields override Loki's structured metadata, which overrides the stream's labels.
            fields = {**stream.stream, **(metadata[0] if metadata else {}), **json_object(text)}
            line = _line(nanoseconds, text, fields, service_label)
            lines[line.id] = line
    return DecodedResponse(logs=tuple(sorted(lines.values(), key=lambda line: (line.at, line.id))))


def _line(nanoseconds: int, text: str, fields: dict[str, Any], service_label: str) -> LogLine:
    digest = hashlib.sha256(f"{nanoseconds}{text}".encode()).hexdigest()[:10]
    return LogLine(
        id=f"log-{digest}",
        at=_EPOCH + timedelta(microseconds=nanoseconds // 1000),
        service=json_text(fields.get("service") or fields.get(service_label, "")),
        level=json_text(fields.get("level") or fields.get("detected_level", "")).lower(),
        message=json_text(fields.get("message") or fields.get("msg") or text),
        fields={name: json_text(value) for name, value in fields.items() if name not in _OWN_COLUMNS},
    )
