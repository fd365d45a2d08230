"""What a series tells about its service: a symptom, a resource, or nothing that the engine can use."""

import re
from collections.abc import Mapping
from enum import StrEnum

from missions.measurement import MeasuredRole
from semantics.meaning import SeriesMeaning


class Signal(StrEnum):
    """What a series tells about its service.

    `QUEUE` is work that waits, or how long it waits. `WAIT` is the time, and `REFUSED` the errors, of what the service calls itself. `HELD` are things that
    requests hold while they last: connections, threads, sessions. `SELF_TIME` and `OWN_ERRORS` are computed
    from traces.
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
    MeasuredRole.UNKNOWN: Signal.UNKNOWN,
}
_USAGE_WORDS = (
    (Signal.CPU, re.compile(r"cpu|cores|processor", re.IGNORECASE)),
    (Signal.MEMORY, re.compile(r"mem|rss|heap|swap", re.IGNORECASE)),
    (
        Signal.HELD,
        re.compile(
            r"conn|session|thread|pool|socket|fds?\b|handles|goroutine|active|in_?flight", re.IGNORECASE
        ),
    ),
)
_OUTGOING = re.compile(r"client|upstream|provider|external|third_?party|vendor|downstream", re.IGNORECASE)
_WAITING = re.compile(
    r"pool\w*(?:wait|acquire|pending)|(?:wait|acquire|pending)\w*pool|connection_wait", re.IGNORECASE
)
_REJECTED = re.compile(r"4(?:\d\d|xx)", re.IGNORECASE)
_OVERLOADED = frozenset({"408", "429", "499"})
_STATUS_LABEL = re.compile(r"(?:^|_)(?:status|code|status_?code|response_?code)$", re.IGNORECASE)


def signal_of(meaning: SeriesMeaning, name: str, labels: Mapping[str, str]) -> Signal:
    """The signal of a series; `name` is its metric as people see it."""
    signal = _ROLES.get(meaning.role, Signal.OTHER)
    if signal is Signal.LATENCY and _WAITING.search(name):
        return Signal.QUEUE
    if signal in SYMPTOMS and _OUTGOING.search(name):
        return Signal.WAIT if signal is Signal.LATENCY else Signal.REFUSED
    if signal is Signal.ERRORS and _is_refusal_of_bad_requests(labels):
        return Signal.OTHER
    if name.startswith("spans_"):
        return {"spans_self_time_seconds": Signal.SELF_TIME, "spans_own_error_ratio": Signal.OWN_ERRORS}.get(
            name, signal
        )
    if signal is Signal.USAGE:
        words = f"{meaning.measures} {name}"
        return next((kind for kind, pattern in _USAGE_WORDS if pattern.search(words)), Signal.USAGE)
    return signal


def _is_refusal_of_bad_requests(labels: Mapping[str, str]) -> bool:
    """Whether the answers are 4xx: the caller's mistake, unless the service was too busy."""
    for label, value in labels.items():
        if _STATUS_LABEL.search(label) and _REJECTED.fullmatch(value):
            return value not in _OVERLOADED
    return False
