import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from adapters.dashboards.extract import Extract
from adapters.dashboards.prometheus_matrix import read_matrix
from missions.evidence import LogLine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KNOWN = frozenset({"timestamp", "service", "level", "message"})


class _Stream(BaseModel):
    stream: dict[str, str]
    # [nanoseconds, line] or [nanoseconds, line, structured metadata]
    values: list[tuple[int, str] | tuple[int, str, dict[str, Any]]]


class _Streams(BaseModel):
    resultType: str  # noqa: N815  Loki's spelling
    result: list[_Stream]


class _Kind(BaseModel):
    resultType: str  # noqa: N815  Loki's spelling


class _AnyAnswer(BaseModel):
    data: _Kind


class _Answer(BaseModel):
    data: _Streams


def read_streams(body: bytes, panel: str, query: str, service_label: str) -> Extract:
    """Reads `/loki/api/v1/query_range`, streams or a matrix. Raises ValueError for any other shape."""
    if _AnyAnswer.model_validate_json(body).data.resultType == "matrix":
        return read_matrix(body, panel, query, service_label)
    lines: dict[str, LogLine] = {}
    for stream in _Answer.model_validate_json(body).data.result:
        for nanoseconds, text, *metadata in stream.values:
            # Structured metadata is Loki's own; a line's own fields win over it, and labels come last.
            known = {**stream.stream, **(metadata[0] if metadata else {}), **_object(text)}
            line = _line(nanoseconds, text, known, service_label)
            lines[line.id] = line
    return Extract(logs=tuple(sorted(lines.values(), key=lambda line: (line.at, line.id))))


def _line(nanoseconds: int, text: str, known: dict[str, Any], service_label: str) -> LogLine:
    digest = hashlib.sha256(f"{nanoseconds}{text}".encode()).hexdigest()[:10]
    return LogLine(
        id=f"log-{digest}",
        at=_EPOCH + timedelta(microseconds=nanoseconds // 1000),
        service=_text(known.get("service") or known.get(service_label, "")),
        level=_text(known.get("level") or known.get("detected_level", "")).lower(),
        message=_text(known.get("message") or known.get("msg") or text),
        fields={name: _text(value) for name, value in known.items() if name not in _KNOWN},
    )


def _object(text: str) -> dict[str, Any]:
    """A line's fields; a line that is no JSON object is all message."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
