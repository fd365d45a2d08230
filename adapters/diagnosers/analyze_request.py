"""The request of `POST /analyze`."""

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from missions.evidence import Change, Evidence, LogLine, Series
from missions.identities.aliases import combined

_TEXT_LENGTH = 20_000  # characters that the server accepts
_NAME_LENGTH = 500
_SYMPTOM_LENGTH = 5_000


def analyze_request(symptom: str, evidence: tuple[Evidence, ...]) -> dict[str, Any]:
    """The evidence as JSON, with its ids, so that the response can cite them."""
    now = datetime.now(UTC)
    window = {
        "start": min((page.window.start for page in evidence), default=now).isoformat(),
        "end": max((page.window.end for page in evidence), default=now).isoformat(),
    }
    edges = {(edge.caller, edge.callee) for page in evidence for edge in page.dependencies}
    return {
        "logs": [_log(line, page.cluster) for page in evidence for line in page.logs],
        "metrics": [_metric(series, page.cluster) for page in evidence for series in page.series],
        "traces": [],
        "timeWindow": window,
        "configs": [_config(change, page.cluster) for page in evidence for change in page.changes],
        "symptom": symptom[:_SYMPTOM_LENGTH],
        "topology": [{"caller": caller, "callee": callee} for caller, callee in sorted(edges)],
        "aliases": combined(page.aliases for page in evidence),
    }


def _metric(series: Series, cluster: str) -> dict[str, Any]:
    """JSON has no NaN and no infinities: they are sent as gaps."""
    return {
        "id": series.id,
        "service": series.service,
        "metric": series.metric,
        "unit": series.unit,
        "labels": series.labels,
        "query": series.query[:_TEXT_LENGTH],
        "product": series.product,
        "legend": series.legend[:_NAME_LENGTH],
        "panel": series.panel[:_NAME_LENGTH],
        "title": series.title[:_NAME_LENGTH],
        "mapping": series.mapping and series.mapping.model_dump(mode="json", exclude_none=True),
        "cluster": cluster,
        "points": [
            (time, value if value is not None and isfinite(value) else None)
            for time, value in series.points
            if isfinite(time)
        ],
    }


def _log(line: LogLine, cluster: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "timestamp": line.at.isoformat(),
        "service": line.service,
        "level": line.level,
        "message": line.message[:_TEXT_LENGTH],
        "fields": line.fields,
        "cluster": cluster,
    }


def _config(change: Change, cluster: str) -> dict[str, Any]:
    return {
        "id": change.id,
        "timestamp": change.at.isoformat(),
        "service": change.service,
        "kind": change.kind,
        "description": change.description[:_TEXT_LENGTH],
        "version": change.version,
        "revision": change.revision,
        "previousRevision": change.previous_revision,
        "cluster": cluster,
    }
