"""What a series tells about its service: a symptom, a resource, or nothing that the engine can use."""

import re
from collections.abc import Mapping
from enum import StrEnum

from missions.measurement import MeasuredRole
from semantics.meaning import CallSide, Resource, SeriesMeaning
from semantics.vocabulary import HITS


class Signal(StrEnum):
    """What a series tells about its service.

    `WAIT` is the time, and `REFUSED` the errors, of what the service calls itself. `QUEUE` is work that
    waits, or how long it waits for a connection or a worker. `HELD` are things that requests hold while they
    last: connections, threads, descriptors. `CACHE` is the share of
    look-ups that a cache answers. `REJECTED` are requests that were the caller's mistake, `MONITORING`
    is about the scrape itself. `SELF_TIME` and `OWN_ERRORS` are computed from traces.
    """

    LATENCY = "latency"
    ERRORS = "errors"
    WAIT = "wait"
    REFUSED = "refused"
    SELF_TIME = "self_time"
    OWN_ERRORS = "own_errors"
    TRAFFIC = "traffic"
    SATURATION = "saturation"
    CPU = "cpu"
    MEMORY = "memory"
    HELD = "held"
    USAGE = "usage"
    QUEUE = "queue"
    RESTARTS = "restarts"
    UP = "up"
    LIMIT = "limit"
    CACHE = "cache"
    REJECTED = "rejected"
    MONITORING = "monitoring"
    OTHER = "other"
    UNKNOWN = "unknown"


SYMPTOMS = frozenset({Signal.LATENCY, Signal.ERRORS})
"""What a service's users notice, and what therefore spreads to waiting callers."""

_ROLES = {
    MeasuredRole.LATENCY: Signal.LATENCY,
    MeasuredRole.ERRORS: Signal.ERRORS,
    MeasuredRole.ERROR_RATIO: Signal.ERRORS,
    MeasuredRole.SUCCESS_RATIO: Signal.ERRORS,
    MeasuredRole.TRAFFIC: Signal.TRAFFIC,
    MeasuredRole.SATURATION: Signal.SATURATION,
    MeasuredRole.USAGE: Signal.USAGE,
    MeasuredRole.QUEUE: Signal.QUEUE,
    MeasuredRole.RESTARTS: Signal.RESTARTS,
    MeasuredRole.UP: Signal.UP,
    MeasuredRole.LIMIT: Signal.LIMIT,
    MeasuredRole.UNKNOWN: Signal.UNKNOWN,
}
_USED = {
    Resource.CPU: Signal.CPU,
    Resource.MEMORY: Signal.MEMORY,
    Resource.CONNECTIONS: Signal.HELD,
    Resource.THREADS: Signal.HELD,
    Resource.FILE_DESCRIPTORS: Signal.HELD,
    Resource.LOCKS: Signal.HELD,
}
_SLOTS = frozenset({Resource.CONNECTIONS, Resource.THREADS, Resource.QUEUE, Resource.LOCKS})
_OF_TRACES = {
    "spans_self_time_seconds": Signal.SELF_TIME,
    "spans_own_error_ratio": Signal.OWN_ERRORS,
    "spans_duration_seconds": Signal.LATENCY,
    "spans_error_ratio": Signal.ERRORS,
    "spans_requests": Signal.TRAFFIC,
}
"""By the names of `rca.spans`."""
_SCRAPED = "scrape_"
_SHARES = frozenset({"ratio", "percent"})
_REJECTED = re.compile(r"4(?:\d\d|xx)", re.IGNORECASE)
_OVERLOADED = frozenset({"408", "429", "499"})
_STATUS_LABEL = re.compile(r"(?:^|_)(?:status|code|status_?code|response_?code)$", re.IGNORECASE)


def signal_of(meaning: SeriesMeaning, name: str, labels: Mapping[str, str]) -> Signal:
    """The signal of a series; `name` is its metric as people see it."""
    if name in _OF_TRACES:
        return _OF_TRACES[name]
    signal = _ROLES.get(meaning.role, Signal.OTHER)
    if signal is Signal.LATENCY and meaning.resource is not Resource.NONE:
        # A pause of garbage collection or a slow disk is the resource's, a wait for a slot a queue's.
        return Signal.QUEUE if meaning.resource in _SLOTS else Signal.USAGE
    if signal in SYMPTOMS and meaning.side is CallSide.CLIENT:
        return Signal.WAIT if signal is Signal.LATENCY else Signal.REFUSED
    if signal is Signal.ERRORS and _is_refusal_of_bad_requests(labels):
        return Signal.REJECTED
    if signal is Signal.OTHER and meaning.unit in _SHARES and HITS.search(meaning.metric):
        return Signal.CACHE
    if signal is Signal.OTHER and meaning.metric.startswith(_SCRAPED):
        return Signal.MONITORING
    if signal is Signal.TRAFFIC and (
        meaning.resource is not Resource.NONE or meaning.side is CallSide.CLIENT
    ):
        return Signal.USAGE
    if signal is Signal.USAGE:
        return _USED.get(meaning.resource, Signal.USAGE)
    return signal


def _is_refusal_of_bad_requests(labels: Mapping[str, str]) -> bool:
    """Whether the answers are 4xx: the caller's mistake, unless the service was too busy."""
    for label, value in labels.items():
        if _STATUS_LABEL.search(label) and _REJECTED.fullmatch(value):
            return value not in _OVERLOADED
    return False
