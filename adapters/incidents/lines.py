"""`logs.jsonl`, `traces.jsonl`, `configs.jsonl`: one JSON object per line. Other lines are skipped."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.incidents.times import epoch_seconds
from missions.errors import InvalidError
from missions.evidence import Change
from rca.log_templates import LogTemplateMiner
from rca.spans import TraceSpan

_LINE_LENGTH = 1_000_000  # characters of a line that are read
_MAX_SPANS = 1_000_000
_MAX_CHANGES = 10_000
_MAX_TIME_S = 4e9
_MAX_DURATION_MS = 1e12


def read_logs(path: Path) -> LogTemplateMiner:
    """All log lines, grouped by template."""
    miner = LogTemplateMiner()
    for record in _objects(path):
        at = epoch_seconds(record.get("timestamp"))
        if 0 <= at <= _MAX_TIME_S:
            miner.add(
                at, _text(record, "service"), _text(record, "level") or "info", _text(record, "message")
            )
    return miner


def read_traces(path: Path) -> list[TraceSpan]:
    """The spans, at most a million."""
    spans = []
    for record in _objects(path):
        span = span_of(record)
        if span is not None:
            spans.append(span)
            if len(spans) >= _MAX_SPANS:
                break
    return spans


def span_of(record: dict[str, Any]) -> TraceSpan | None:
    """The span of a JSON object; None without a valid start, duration and service."""
    start, duration_ms = epoch_seconds(record.get("start")), _number(record.get("durationMs"))
    if not (0 <= start <= _MAX_TIME_S and 0 <= duration_ms <= _MAX_DURATION_MS and _text(record, "service")):
        return None
    return TraceSpan(
        _text(record, "traceId"),
        _text(record, "spanId"),
        _text(record, "parentId"),
        _text(record, "service"),
        start,
        duration_ms / 1000,
        _failed(record.get("error")),
    )


def read_configs(path: Path) -> tuple[Change, ...]:
    """Deployments and configuration changes, in order of time."""
    changes: list[Change] = []
    for index, record in enumerate(_objects(path)):
        at = epoch_seconds(record.get("timestamp"))
        if 0 <= at <= _MAX_TIME_S and len(changes) < _MAX_CHANGES:
            changes.append(
                Change(
                    id=_text(record, "id") or f"config/{index}",
                    at=datetime.fromtimestamp(at, UTC),
                    service=_text(record, "service"),
                    kind=_text(record, "kind"),
                    description=_text(record, "description"),
                    version=_text(record, "version") or None,
                )
            )
    return tuple(sorted(changes, key=lambda change: change.at))


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            while line := file.readline(_LINE_LENGTH):
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(value, dict):
                    yield value
    except OSError as error:
        raise InvalidError(f"{path.name} cannot be read: {error}") from error


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # float() raises for what is no number
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _failed(value: object) -> bool:
    """An error is recorded as a flag, a status or a text."""
    return value not in (None, False, 0, "", "false", "False", "0", "ok", "OK", "none")
