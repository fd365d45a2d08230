"""What customers saw over time, from the report that the load prints every 5 s."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from lab.recording.truth import EdgeSample

CALM_MS = 60.0
"""The usual time of a page in a calm system: it is 15 to 20 ms on a quiet machine."""
_PERIOD_S = 5.0


def edge_samples(lines: Iterable[str], start: datetime, end: datetime) -> tuple[EdgeSample, ...]:
    """A sample for each report between the moments; lines that are no report are left out."""
    windows: dict[float, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        try:
            report = json.loads(line)
        except ValueError:
            continue
        if isinstance(report, dict) and report.get("event") == "window":
            at = float(report["time"])
            if start.timestamp() <= at <= end.timestamp():
                windows[at // _PERIOD_S * _PERIOD_S].append(report)
    return tuple(_sample(at, pages) for at, pages in sorted(windows.items()))


def failed_share(samples: Iterable[EdgeSample]) -> float | None:
    """The share of requests that failed; None without requests."""
    pairs = [(sample.requests, sample.failed * sample.requests) for sample in samples]
    requests = sum(count for count, _ in pairs)
    return sum(failed for _, failed in pairs) / requests if requests else None


def usual_ms(samples: Iterable[EdgeSample]) -> float | None:
    """The median of the samples' times, milliseconds; None without samples."""
    times = [sample.p50_ms for sample in samples]
    return median(times) if times else None


def _sample(at: float, pages: list[dict[str, Any]]) -> EdgeSample:
    requests = sum(page["requests"] for page in pages)
    return EdgeSample(
        at=datetime.fromtimestamp(at, UTC),
        requests=requests,
        failed=round(sum(page["failures"] for page in pages) / max(1, requests), 4),
        p50_ms=round(sum(page["p50_ms"] * page["requests"] for page in pages) / max(1, requests), 1),
        p95_ms=max(page["p95_ms"] for page in pages),
    )
