"""Series from traces: each service's own share of its requests' time and errors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from missions.evidence import Dependency
from rca.series import TimeSeries, time_series

SPANS_PREFIX = "spans_"
_BINS = 240
_COMPARED_BINS = 8
"""Intervals in which the ways to several callees are compared with each other."""


class TraceSpan(NamedTuple):
    """One span; `start` in epoch seconds, `seconds` its duration.

    `peer` is what a client's span says that it called, "" where it says nothing; `is_call` whether its kind
    is that of a client, None where it has none.
    """

    trace: str
    span: str
    parent: str
    service: str
    start: float
    seconds: float
    error: bool
    peer: str = ""
    is_call: bool | None = None


def series_from_spans(
    spans: Sequence[TraceSpan],
) -> tuple[tuple[TimeSeries, ...], tuple[Dependency, ...]]:
    """Series of self-time, duration, errors and requests by service, and the calls between services.

    A span's self-time is its duration minus its children's, at least zero; its own error is one that none
    of its children had. A span whose parent is missing counts as a root. Span ids need to be unique within
    their trace only. What a client calls and has no span of its own, as a database or somebody else's
    service, has the client's time and errors. The time on the way to a service and back, between the
    client's span and the server's, is the called service's, except for what its caller loses on the way to
    all others, too.
    """
    if not spans:
        return (), ()
    spans = (*spans, *_of_peers(spans))
    services = {(span.trace, span.span): span.service for span in spans}
    children: defaultdict[tuple[str, str], list[TraceSpan]] = defaultdict(list)
    for span in spans:
        if span.parent and (span.trace, span.parent) in services and span.parent != span.span:
            children[span.trace, span.parent].append(span)
    start = min(span.start for span in spans)
    width = max((max(span.start for span in spans) - start) / _BINS, 1e-3)
    calls: set[tuple[str, str]] = set()
    network: list[_NetworkTime] = []
    sums: defaultdict[str, dict[int, list[float]]] = defaultdict(dict)
    for span in spans:
        below = children.get((span.trace, span.span), [])
        calls.update((span.service, child.service) for child in below if child.service != span.service)
        own = max(0.0, span.seconds - sum(child.seconds for child in below))
        place = int((span.start - start) / width)
        if _is_client(span, below, services):
            received = int((below[0].start - start) / width)
            network.append(_NetworkTime(span.service, place, below[0].service, received, own))
            own = 0.0
        totals = sums[span.service].setdefault(place, [0.0, 0.0, 0.0, 0.0, 0.0])
        totals[0] += 1
        totals[1] += own
        totals[2] += span.error and not any(child.error for child in below)
        totals[3] += span.seconds
        totals[4] += span.error
    for service, place, seconds in _network_time_of(network):
        sums[service][place][1] += seconds
    all_series = tuple(
        series for service in sorted(sums) for series in _series(service, sums[service], start, width)
    )
    return all_series, tuple(Dependency(caller=caller, callee=callee) for caller, callee in sorted(calls))


class _NetworkTime(NamedTuple):
    """The seconds of a call that neither its client nor its server works; places are intervals of time."""

    caller: str
    sent: int
    callee: str
    received: int
    seconds: float


def _is_client(span: TraceSpan, below: Sequence[TraceSpan], services: Mapping[tuple[str, str], str]) -> bool:
    """Whether the span is one call of another service, as its own service sees it.

    Where no kind says so: one that its own service began, and that has nothing but the other's span below.
    """
    if len(below) != 1 or below[0].service == span.service:
        return False
    inside = services.get((span.trace, span.parent)) == span.service
    return inside if span.is_call is None else span.is_call


def _network_time_of(calls: Iterable[_NetworkTime]) -> Iterator[tuple[str, int, float]]:
    """Service, interval and seconds: whose the time on the way is.

    What the ways to all callees of some time have in common is the caller's: its network, its processor.
    """
    by_caller: defaultdict[tuple[str, int], defaultdict[str, list[_NetworkTime]]]
    by_caller = defaultdict(lambda: defaultdict(list))
    for call in calls:
        by_caller[call.caller, call.sent // _COMPARED_BINS][call.callee].append(call)
    for by_callee in by_caller.values():
        means = [sum(call.seconds for call in mine) / len(mine) for mine in by_callee.values()]
        common = min(means) if len(means) > 1 else 0.0
        for call in (call for mine in by_callee.values() for call in mine):
            shared = min(call.seconds, common)
            yield call.caller, call.sent, shared
            yield call.callee, call.received, call.seconds - shared


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
