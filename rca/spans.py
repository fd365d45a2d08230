"""Series from traces: each service's own share of its requests' time and errors."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from missions.evidence import Dependency
from rca.series import TimeSeries, time_series

SPANS_PREFIX = "spans_"
_BINS = 240


class TraceSpan(NamedTuple):
    """One span; `start` in epoch seconds, `seconds` its duration.

    `peer` is what a client's span says that it called, "" where it says nothing.
    """

    trace: str
    span: str
    parent: str
    service: str
    start: float
    seconds: float
    error: bool
    peer: str = ""


def series_from_spans(
    spans: Sequence[TraceSpan],
) -> tuple[tuple[TimeSeries, ...], tuple[Dependency, ...]]:
    """Series of self-time, duration, errors and requests by service, and the calls between services.

    A span's self-time is its duration minus its children's, at least zero; its own error is one that none
    of its children had. A span whose parent is missing counts as a root. Span ids need to be unique within
    their trace only. What a client calls and has no span of its own, as a database or somebody else's
    service, has the client's time and errors.
    """
    if not spans:
        return (), ()
    spans = (*spans, *_of_peers(spans))
    services = {(span.trace, span.span): span.service for span in spans}
    child_seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
    failed_below: set[tuple[str, str]] = set()
    calls: set[tuple[str, str]] = set()
    for span in spans:
        parent = (span.trace, span.parent)
        if span.parent and parent in services and span.parent != span.span:
            child_seconds[parent] += span.seconds
            if span.error:
                failed_below.add(parent)
            if services[parent] != span.service:
                calls.add((services[parent], span.service))
    start = min(span.start for span in spans)
    width = max((max(span.start for span in spans) - start) / _BINS, 1e-3)
    sums: defaultdict[str, dict[int, list[float]]] = defaultdict(dict)
    for span in spans:
        key = (span.trace, span.span)
        totals = sums[span.service].setdefault(int((span.start - start) / width), [0.0, 0.0, 0.0, 0.0, 0.0])
        totals[0] += 1
        totals[1] += max(0.0, span.seconds - child_seconds.get(key, 0.0))
        totals[2] += span.error and key not in failed_below
        totals[3] += span.seconds
        totals[4] += span.error
    all_series = tuple(
        series for service in sorted(sums) for series in _series(service, sums[service], start, width)
    )
    return all_series, tuple(Dependency(caller=caller, callee=callee) for caller, callee in sorted(calls))


def _of_peers(spans: Sequence[TraceSpan]) -> Iterable[TraceSpan]:
    """A span for every call of something that has no span of its own."""
    answered = {(span.trace, span.parent) for span in spans if span.parent}
    for span in spans:
        if span.peer and span.peer != span.service and (span.trace, span.span) not in answered:
            yield span._replace(span=f"{span.span}/peer", parent=span.span, service=span.peer, peer="")


def _series(service: str, totals: dict[int, list[float]], start: float, width: float) -> Iterable[TimeSeries]:
    bins = np.array(sorted(totals))
    rows = np.array([totals[int(place)] for place in bins])
    times = start + bins * width
    counts = rows[:, 0]
    for name, values, unit in (
        ("self_time_seconds", rows[:, 1] / counts, "s"),
        ("own_error_ratio", rows[:, 2] / counts, "ratio"),
        ("duration_seconds", rows[:, 3] / counts, "s"),
        ("error_ratio", rows[:, 4] / counts, "ratio"),
        ("requests", counts, ""),
    ):
        metric = f"{SPANS_PREFIX}{name}"
        yield time_series(f"{service}/{metric}", service, metric, times, values, unit)
