"""What: each service's own part of its requests' time and errors, from the structure of traces."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from missions.evidence import Dependency
from rca.tables import Track, track

_BINS = 240
_ROOT = ""


class TraceSpan(NamedTuple):
    """One span; `start` in epoch seconds, `seconds` its duration."""

    trace: str
    span: str
    parent: str
    service: str
    start: float
    seconds: float
    error: bool


def attributed(spans: Sequence[TraceSpan]) -> tuple[tuple[Track, ...], tuple[Dependency, ...]]:
    """Series of self-time and of errors that no callee had, by service, and who calls whom.

    A span's self-time is its duration without what its children take, at least nothing. Spans whose parent
    is not there count as roots; ids need to be unique within a trace only.
    """
    if not spans:
        return (), ()
    services = {(one.trace, one.span): one.service for one in spans}
    below: defaultdict[tuple[str, str], float] = defaultdict(float)
    failing: set[tuple[str, str]] = set()
    calls: set[tuple[str, str]] = set()
    for one in spans:
        above = (one.trace, one.parent)
        if one.parent and above in services and one.parent != one.span:
            below[above] += one.seconds
            if one.error:
                failing.add(above)
            if services[above] != one.service:
                calls.add((services[above], one.service))
    start = min(one.start for one in spans)
    width = max((max(one.start for one in spans) - start) / _BINS, 1e-3)
    sums: defaultdict[str, dict[int, list[float]]] = defaultdict(dict)
    for one in spans:
        key = (one.trace, one.span)
        cell = sums[one.service].setdefault(int((one.start - start) / width), [0.0, 0.0, 0.0, 0.0, 0.0])
        cell[0] += 1
        cell[1] += max(0.0, one.seconds - below.get(key, 0.0))
        cell[2] += one.error and key not in failing
        cell[3] += one.seconds
        cell[4] += one.error
    tracks = tuple(each for service in sorted(sums) for each in _tracks(service, sums[service], start, width))
    return tracks, tuple(Dependency(caller=caller, callee=callee) for caller, callee in sorted(calls))


def _tracks(service: str, cells: dict[int, list[float]], start: float, width: float) -> Iterable[Track]:
    places = np.array(sorted(cells))
    table = np.array([cells[int(place)] for place in places])
    times = start + places * width
    counts = table[:, 0]
    for metric, values, unit in (
        ("spans_self_time_seconds", table[:, 1] / counts, "s"),
        ("spans_own_error_ratio", table[:, 2] / counts, "ratio"),
        ("spans_duration_seconds", table[:, 3] / counts, "s"),
        ("spans_error_ratio", table[:, 4] / counts, "ratio"),
        ("spans_requests", counts, ""),
    ):
        yield track(f"{service}/{metric}", service, metric, times, values, unit)
