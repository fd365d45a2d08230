"""Recognises what a file holds, by its content and then by its name."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import orjson

from adapters.incidents.changes import is_change, is_kubernetes_event
from adapters.incidents.csv_dialect import dialect_of
from adapters.incidents.graphs import is_graph
from adapters.incidents.input_file import InputFile
from adapters.incidents.logs import looks_like_plain_log
from adapters.incidents.otlp import is_otlp
from adapters.incidents.prometheus_json import is_victoria_line
from adapters.incidents.prometheus_text import looks_like_prometheus_text
from adapters.incidents.traces import is_jaeger_span, is_zipkin_span

_JSON = re.compile(
    r'\{\s*"|\{\s*\}|\[\s*(?:[{\["\]]|null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*[,\]])'
)
"""The beginning of JSON. A number in brackets that goes on otherwise is the time of a log line."""
_TEXT_LOGS = frozenset({"log", "txt", "out", "err"})


class FileForm(StrEnum):
    """How a file is written."""

    GRAPH = "graph"
    TABLE = "table"
    DOCUMENT = "document"
    LINES = "lines"
    PROMETHEUS_TEXT = "prometheus text"
    PLAIN_LOG = "plain log"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class RecordKind(StrEnum):
    """What one JSON object is."""

    LOG = "log"
    SPAN = "span"
    JAEGER = "jaeger"
    ZIPKIN = "zipkin"
    CHANGE = "change"
    EVENT = "event"
    VICTORIA = "victoria"
    OTLP = "otlp"
    SAMPLE = "sample"
    ANSWER = "answer"


def form_of(file: InputFile, head: str) -> FileForm:
    """The form of a file that begins with this text."""
    start = head.lstrip()
    if not start:
        return FileForm.EMPTY
    if start[0] in "{[" and not looks_like_prometheus_text(head):
        if _is_lines(start):
            return FileForm.LINES
        if is_json(start):
            return FileForm.DOCUMENT
    if looks_like_prometheus_text(head):
        return FileForm.PROMETHEUS_TEXT
    if named(file, "graph", "topology", "dependencies"):
        return FileForm.GRAPH
    plain = looks_like_plain_log(head)
    if plain and (file.extension in _TEXT_LOGS or dialect_of(head) is None):
        return FileForm.PLAIN_LOG
    if file.extension != "log" and dialect_of(head) is not None:
        return FileForm.GRAPH if is_graph(head) else FileForm.TABLE
    if file.extension in {"jsonl", "ndjson", "json"}:
        return FileForm.LINES
    return FileForm.PLAIN_LOG if plain else FileForm.TABLE if named(file, "metrics") else FileForm.UNKNOWN


def named(file: InputFile, *words: str) -> bool:
    """Whether the file's name begins with one of these words."""
    return re.split(r"[^a-z]", file.path.name.lower())[0] in words


def _is_lines(start: str) -> bool:
    """Whether the first line is an object of its own, and another follows."""
    first, _, rest = start.partition("\n")
    if not rest.strip() or first[0] != "{":
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def is_json(start: str) -> bool:
    """Whether the text begins as JSON does; it may be cut off."""
    return _JSON.match(start) is not None


def kind_of(record: Mapping[str, Any], file: InputFile) -> RecordKind:
    """What a record is: by keys that only one product writes, then by the file's name, then by its keys."""
    kind = next((kind for kind, is_of_kind in _BY_KEYS if is_of_kind(record)), None)
    if kind is None:
        kind = next((kind for kind, names in _BY_NAME if named(file, *names)), None)
    if kind is not None:
        return kind
    if record.keys() & {"value", "_value"} and record.keys() & _METRIC_KEYS:
        return RecordKind.SAMPLE
    return RecordKind.CHANGE if is_change(record) else RecordKind.LOG


def _is_own_span(record: Mapping[str, Any]) -> bool:
    return "start" in record and bool(record.keys() & {"durationMs", "duration_ms"})


_METRIC_KEYS = {"metric", "name", "__name__", "_measurement", "metric_name"}
_BY_KEYS: tuple[tuple[RecordKind, Callable[[Mapping[str, Any]], bool]], ...] = (
    (RecordKind.VICTORIA, is_victoria_line),
    (RecordKind.OTLP, lambda record: any(is_otlp(record, kind) for kind in ("Metrics", "Logs", "Spans"))),
    (RecordKind.EVENT, is_kubernetes_event),
    (RecordKind.JAEGER, is_jaeger_span),
    (RecordKind.ZIPKIN, is_zipkin_span),
    (RecordKind.ANSWER, lambda record: isinstance(record.get("data"), dict) and "status" in record),
    (RecordKind.SPAN, _is_own_span),
)
_BY_NAME = (
    (RecordKind.LOG, ("logs", "log")),
    (RecordKind.SPAN, ("traces", "trace", "spans")),
    (RecordKind.CHANGE, ("configs", "config", "changes", "change", "deployments", "deploys", "releases")),
)
