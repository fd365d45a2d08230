"""Recognises what a file holds, by its content and then by its name."""

import re
from collections.abc import Mapping
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
        if _is_json(start):
            return FileForm.DOCUMENT
    if looks_like_prometheus_text(head):
        return FileForm.PROMETHEUS_TEXT
    if named(file, "graph", "topology", "dependencies"):
        return FileForm.GRAPH
    plain = looks_like_plain_log(head)
    if plain and (file.extension in _TEXT_LOGS or dialect_of(head) is None):
        return FileForm.PLAIN_LOG
    if file.extension not in _TEXT_LOGS and dialect_of(head) is not None:
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


def _is_json(start: str) -> bool:
    return re.match(r'(?:\{\s*"|\[\s*(?:[{\[\]"\d-]|null)|\{\s*\})', start) is not None


def kind_of(record: Mapping[str, Any], file: InputFile) -> RecordKind:
    """What a record is: by keys that only one product writes, then by the file's name, then by its keys."""
    if is_victoria_line(dict(record)):
        return RecordKind.VICTORIA
    if any(is_otlp(record, kind) for kind in ("Metrics", "Logs", "Spans")):
        return RecordKind.OTLP
    if is_kubernetes_event(record):
        return RecordKind.EVENT
    if is_jaeger_span(record):
        return RecordKind.JAEGER
    if is_zipkin_span(record):
        return RecordKind.ZIPKIN
    if isinstance(record.get("data"), dict) and "status" in record:
        return RecordKind.ANSWER
    if "start" in record and ({"durationMs", "duration_ms"} & record.keys()):
        return RecordKind.SPAN
    if named(file, "logs", "log"):
        return RecordKind.LOG
    if named(file, "traces", "trace", "spans"):
        return RecordKind.SPAN
    if named(file, "configs", "config", "changes", "change", "deployments", "deploys", "releases"):
        return RecordKind.CHANGE
    if {"value", "_value"} & record.keys() and {"metric", "name", "__name__", "_measurement", "metric_name"} & record.keys():
        return RecordKind.SAMPLE
    return RecordKind.CHANGE if is_change(record) else RecordKind.LOG
