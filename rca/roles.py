"""What a metric's name says about it: which way is bad, and how much is more than noise."""

import re
from dataclasses import dataclass
from enum import StrEnum


class SeriesRole(StrEnum):
    """What a series measures, as far as its name tells."""

    LATENCY = "latency"
    ERRORS = "errors"
    MEMORY = "memory"
    SATURATION = "saturation"
    OUTSIDE = "outside"
    OWN = "own"
    TRAFFIC = "traffic"
    OTHER = "other"


SYMPTOMS = frozenset({SeriesRole.LATENCY, SeriesRole.ERRORS})
"""What a user of the service feels, and so what a waiting caller shows as well."""

# A wait for somebody whom the services' graph does not hold; asked before all others.
_OUTSIDE = ("provider", "upstream", "external", "third_party", "thirdparty", "vendor")
# Endings of a metric that says how much there is, and of one that says how much of it is taken.
_CAPACITY = ("_size", "_limit", "_max", "_capacity")
_IN_USE = ("_in_use", "_used", "_active", "_busy")

# Asked in this order: "request_errors_per_second" is about errors, "request_duration" about latency.
_WORDS: tuple[tuple[SeriesRole, tuple[str, ...]], ...] = (
    (SeriesRole.ERRORS, ("error", "fail", "fault", "5xx", "exception", "availab", "success")),
    (SeriesRole.LATENCY, ("latency", "duration", "response_time", "responsetime", "elapsed")),
    (SeriesRole.MEMORY, ("memory", "rss", "heap")),
    (
        SeriesRole.SATURATION,
        ("cpu", "utilization", "utilisation", "saturation", "pool", "queue", "in_flight"),
    ),
    (
        SeriesRole.SATURATION,
        ("disk", "iops", "blkio", "socket", "connection", "descriptor", "thread", "throttl"),
    ),
    (SeriesRole.SATURATION, ("filesystem",)),
    (SeriesRole.TRAFFIC, ("request", "rps", "qps", "throughput", "traffic", "workload", "invocation")),
)
# What a request takes, where its unit is all that says so: "http_server_requests_seconds_p99".
_TOOK = frozenset({"seconds", "ms", "milliseconds", "millis", "us", "microseconds"})
_COUNTED = frozenset({"per", "count", "total", "bucket"})
# Words too short or too common to be looked for inside others: a whole part of the name.
_PARTS: tuple[tuple[SeriesRole, frozenset[str]], ...] = (
    (SeriesRole.LATENCY, frozenset({"rt", "rtt", "delay", "p50", "p90", "p95", "p99"})),
    (SeriesRole.MEMORY, frozenset({"mem", "swap"})),
    (
        SeriesRole.SATURATION,
        frozenset({"io", "fs", "fd", "fds", "gc", "conn", "conns", "lag", "backlog", "pending"}),
    ),
    (SeriesRole.ERRORS, frozenset({"timeouts"})),
    (SeriesRole.TRAFFIC, frozenset({"load", "calls", "hits", "ops", "rate", "count"})),
)
# "memory_failcnt", "memory_failures_total": no request failed.
_NO_MEMORY = re.compile(r"mem(?:ory)?_fail")
# A service's own part of its requests, from traces: no victim shows it.
_OWN = frozenset({"spans_self_time_seconds", "spans_own_error_ratio"})
_GOOD = ("availab", "success")
_RESOURCES = (
    ("cpu", ("cpu", "throttl")),
    ("memory", ("mem", "rss", "heap", "swap")),
    ("disk", ("disk", "iops", "blkio", "filesystem", "fs", "io")),
    ("connection pool", ("pool", "conn", "socket", "fd", "descriptor")),
)


@dataclass(frozen=True)
class Floor:
    """A rise counts from `absolute` (in the series' unit) and from `relative` times the level before.

    `one` is a second, or a share of one, in that unit: what is comparable between services.
    """

    absolute: float
    relative: float
    one: float = 1.0


_MEBIBYTE = 1024.0**2
_MEMORY_UNITS = {"kb": 1 / 1024, "kib": 1 / 1024, "mb": 1.0, "mib": 1.0, "gb": 1024.0, "gib": 1024.0}
_TIMES = frozenset({"s", "sec", "seconds", "ms", "milliseconds", "us", "µs", "microseconds"})
_TIME_ENDINGS = ("_seconds", "_ms", "_milliseconds", "_us")
_NEVER = Floor(absolute=float("inf"), relative=1.0)


def role_of(metric: str) -> SeriesRole:
    """The role of a metric by the words in its name."""
    name = metric.lower().replace("-", "_").replace(" ", "_").replace("default", "")
    if name in _OWN:
        return SeriesRole.OWN
    if "network" in name:  # errors and bytes of an interface, which all who talk to somebody share
        return SeriesRole.OTHER
    if _NO_MEMORY.search(name):
        return SeriesRole.MEMORY
    role = next((role for role, words in _WORDS if any(word in name for word in words)), None)
    parts = set(re.split(r"[^a-z0-9]+", name))
    if role is SeriesRole.TRAFFIC and parts & _TOOK and not parts & _COUNTED:
        role = SeriesRole.LATENCY
    if role is None:
        role = next((role for role, words in _PARTS if parts & words), SeriesRole.OTHER)
    if role is SeriesRole.LATENCY and any(word in name for word in _OUTSIDE):
        return SeriesRole.OUTSIDE
    if role is SeriesRole.SATURATION and name.endswith(_CAPACITY):
        return SeriesRole.OTHER
    return role


def falls_when_bad(metric: str) -> bool:
    """Whether less of it is worse: availability, the share of successes."""
    name = metric.lower()
    return any(word in name for word in _GOOD) and "unavailab" not in name and "unsuccess" not in name


def resource_of(metric: str) -> str | None:
    """Which resource a metric is about: cpu, memory, disk or connection pool; None for others."""
    if role_of(metric) not in {SeriesRole.MEMORY, SeriesRole.SATURATION}:
        return None
    name = metric.lower()
    return next((kind for kind, words in _RESOURCES if any(word in name for word in words)), None)


def capacities_of(metric: str) -> tuple[str, ...]:
    """Metrics that may tell the capacity of what this one says is in use; () for other metrics."""
    stem = next((metric.removesuffix(one) for one in _IN_USE if metric.endswith(one)), None)
    return () if stem is None else tuple(stem + ending for ending in _CAPACITY)


def floor_of(role: SeriesRole, metric: str, unit: str) -> Floor:
    """How much of a rise is not noise. Traffic and unknown metrics never count."""
    name, unit = metric.lower(), unit.lower().strip()
    match role:
        case SeriesRole.LATENCY | SeriesRole.OUTSIDE:
            second = _per_second(name, unit)
            return Floor(absolute=0.15 * second, relative=0.75, one=second)
        case SeriesRole.ERRORS if unit in {"%", "percent"} or "percent" in name:
            return Floor(absolute=4.0, relative=1.0, one=100.0)
        case SeriesRole.ERRORS if "ratio" in name or unit in {"ratio", "percentunit"} or "rate" in name:
            return Floor(absolute=0.04, relative=1.0)
        case SeriesRole.ERRORS:  # errors per second or per interval
            return Floor(absolute=0.5, relative=1.0)
        case SeriesRole.MEMORY:
            return Floor(absolute=8.0 * _per_mebibyte(name, unit), relative=0.2)
        case SeriesRole.SATURATION if unit in {"%", "percent"} or "percent" in name:
            return Floor(absolute=25.0, relative=0.5)
        case SeriesRole.SATURATION if unit in {"", "ratio", "percentunit", "cores"}:
            return Floor(absolute=0.25, relative=0.5)
        case SeriesRole.SATURATION if unit in _TIMES or name.endswith(
            _TIME_ENDINGS
        ):  # a wait for something full
            return Floor(absolute=0.1 * _per_second(name, unit), relative=1.0)
        case SeriesRole.SATURATION:  # a count: connections, queued jobs
            return Floor(absolute=5.0, relative=1.0)
        case _:
            return _NEVER


def _per_second(name: str, unit: str) -> float:
    if unit in {"ms", "milliseconds"} or name.endswith(("_ms", "_milliseconds")):
        return 1e3
    if unit in {"us", "µs", "microseconds"} or name.endswith("_us"):
        return 1e6
    return 1.0


def _per_mebibyte(name: str, unit: str) -> float:
    if unit in _MEMORY_UNITS:
        return 1.0 / _MEMORY_UNITS[unit]
    return 1.0 if name.endswith(("_mb", "_mib")) else _MEBIBYTE
