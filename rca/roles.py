"""What a metric measures, read from its name."""

import re
from enum import StrEnum


class SeriesRole(StrEnum):
    """What a series measures.

    `EXTERNAL` is the wait for a dependency outside the call graph, `SELF` is a service's own share of its
    requests' time or errors, computed from traces.
    """

    LATENCY = "latency"
    ERRORS = "errors"
    MEMORY = "memory"
    SATURATION = "saturation"
    EXTERNAL = "external"
    SELF = "self"
    TRAFFIC = "traffic"
    OTHER = "other"


SYMPTOMS = frozenset({SeriesRole.LATENCY, SeriesRole.ERRORS})
"""Roles that a service's users notice, and that therefore spread to waiting callers."""

# Latency of a dependency outside the call graph. Takes precedence over plain latency.
_EXTERNAL = ("provider", "upstream", "external", "third_party", "thirdparty", "vendor")
# Suffixes of a metric that gives a capacity, and of one that gives how much of it is in use.
_CAPACITY = ("_size", "_limit", "_max", "_capacity")
_IN_USE = ("_in_use", "_used", "_active", "_busy")

# The order matters: "request_errors_per_second" is about errors, "request_duration" about latency.
_SUBSTRINGS: tuple[tuple[SeriesRole, tuple[str, ...]], ...] = (
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
# "http_server_requests_seconds_p99" is a latency: a request metric whose name has a unit of time.
_TIME_UNITS = frozenset({"seconds", "ms", "milliseconds", "millis", "us", "microseconds"})
_RATE_WORDS = frozenset({"per", "count", "total", "bucket"})
# Words too short or too common to be matched as substrings: they must be a whole part of the name.
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
# "memory_failcnt" and "memory_failures_total" count allocations, not failed requests.
_MEMORY_FAILURES = re.compile(r"mem(?:ory)?_fail")
_SELF = frozenset({"spans_self_time_seconds", "spans_own_error_ratio"})
_HIGHER_IS_BETTER = ("availab", "success")
_RESOURCES = (
    ("cpu", ("cpu", "throttl")),
    ("memory", ("mem", "rss", "heap", "swap")),
    ("disk", ("disk", "iops", "blkio", "filesystem", "fs", "io")),
    ("connection pool", ("pool", "conn", "socket", "fd", "descriptor")),
)


def role_of(metric: str) -> SeriesRole:
    """The role of a metric, from the words in its name."""
    name = metric.lower().replace("-", "_").replace(" ", "_").replace("default", "")
    if name in _SELF:
        return SeriesRole.SELF
    if "network" in name:  # errors and bytes of an interface, which all connections of a host share
        return SeriesRole.OTHER
    if _MEMORY_FAILURES.search(name):
        return SeriesRole.MEMORY
    role = next((role for role, words in _SUBSTRINGS if any(word in name for word in words)), None)
    parts = set(re.split(r"[^a-z0-9]+", name))
    if role is SeriesRole.TRAFFIC and parts & _TIME_UNITS and not parts & _RATE_WORDS:
        role = SeriesRole.LATENCY
    if role is None:
        role = next((role for role, words in _PARTS if parts & words), SeriesRole.OTHER)
    if role is SeriesRole.LATENCY and any(word in name for word in _EXTERNAL):
        return SeriesRole.EXTERNAL
    if role is SeriesRole.SATURATION and name.endswith(_CAPACITY):
        return SeriesRole.OTHER
    return role


def higher_is_better(metric: str) -> bool:
    """Whether a fall of this error metric is bad: availability or the share of successes."""
    name = metric.lower()
    return any(word in name for word in _HIGHER_IS_BETTER) and (
        "unavailab" not in name and "unsuccess" not in name
    )


def resource_of(metric: str) -> str | None:
    """The resource that a metric is about: cpu, memory, disk or connection pool; None for others."""
    if role_of(metric) not in {SeriesRole.MEMORY, SeriesRole.SATURATION}:
        return None
    name = metric.lower()
    return next((kind for kind, words in _RESOURCES if any(word in name for word in words)), None)


def capacity_metrics(metric: str) -> tuple[str, ...]:
    """Names of metrics that may hold the capacity of what this metric counts as in use; else ()."""
    stem = next((metric.removesuffix(suffix) for suffix in _IN_USE if metric.endswith(suffix)), None)
    return () if stem is None else tuple(stem + suffix for suffix in _CAPACITY)
