"""`logs.jsonl`, `traces.jsonl`, `configs.jsonl`: one JSON object a line. Lines that are none are skipped."""

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

_LONGEST = 1_000_000  # characters of a line that are read
_MOST_SPANS = 1_000_000
_MOST_CHANGES = 10_000
_LATEST = 4e9
_LONGEST_MS = 1e12


def read_logs(path: Path) -> LogTemplateMiner:
    """All log lines, grouped by template."""
    miner = LogTemplateMiner()
    for entry in _objects(path):
        at = epoch_seconds(entry.get("timestamp"))
        if 0 <= at <= _LATEST:
            miner.add(at, _text(entry, "service"), _text(entry, "level") or "info", _text(entry, "message"))
    return miner


def read_traces(path: Path) -> list[TraceSpan]:
    """The spans, at most a million."""
    spans = []
    for entry in _objects(path):
        span = span_of(entry)
        if span is not None:
            spans.append(span)
            if len(spans) >= _MOST_SPANS:
                break
    return spans


def span_of(entry: dict[str, Any]) -> TraceSpan | None:
    """The span of a JSON object; None where it does not say when, who and how long."""
    start, took = epoch_seconds(entry.get("start")), _number(entry.get("durationMs"))
    if not (0 <= start <= _LATEST and 0 <= took <= _LONGEST_MS and _text(entry, "service")):
        return None
    return TraceSpan(
        _text(entry, "traceId"),
        _text(entry, "spanId"),
        _text(entry, "parentId"),
        _text(entry, "service"),
        start,
        took / 1000,
        _failed(entry.get("error")),
    )


def read_configs(path: Path) -> tuple[Change, ...]:
    """Deployments and configuration changes, in order of time."""
    changes: list[Change] = []
    for place, entry in enumerate(_objects(path)):
        at = epoch_seconds(entry.get("timestamp"))
        if 0 <= at <= _LATEST and len(changes) < _MOST_CHANGES:
            changes.append(
                Change(
                    id=_text(entry, "id") or f"config/{place}",
                    at=datetime.fromtimestamp(at, UTC),
                    service=_text(entry, "service"),
                    kind=_text(entry, "kind"),
                    description=_text(entry, "description"),
                    version=_text(entry, "version") or None,
                )
            )
    return tuple(sorted(changes, key=lambda change: change.at))


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            while line := file.readline(_LONGEST):
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(value, dict):
                    yield value
    except OSError as error:
        raise InvalidError(f"{path.name} cannot be read: {error}") from error


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _failed(value: object) -> bool:
    """Errors are told as a flag, a status or a text."""
    return value not in (None, False, 0, "", "false", "False", "0", "ok", "OK", "none")
