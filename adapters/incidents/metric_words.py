"""Words that metrics' names consist of, as opposed to the names of services."""

import re

from semantics.units import normalized_unit, unit_in_name
from semantics.vocabulary import (
    ABBREVIATED,
    CAPACITY,
    COUNTING,
    FREE,
    HELD,
    LOST,
    MOMENTS,
    SHARE,
    SPECIAL,
    SUCCESS,
    TRAFFIC,
)

_RESOURCES = frozenset(
    {"cpu", "mem", "memory", "disk", "diskio", "swap", "filesystem", "fs", "rss", "heap", "socket", "sockets"}
    | {"workload", "gc", "goroutines", "restarts", "restart"}
)
_MORE = frozenset(
    {
        "latency",
        "lat",
        "duration",
        "delay",
        "response",
        "responses",
        "time",
        "rate",
        "ratio",
        "percent",
        "usage",
    }
    | {
        "used",
        "utilization",
        "saturation",
        "load",
        "working",
        "set",
        "per",
        "in",
        "of",
        "wait",
        "waiting",
        "size",
    }
    | {"bytes", "io", "iops", "read", "reads", "write", "writes", "written", "received", "sent", "rx", "tx"}
    | {
        "network",
        "net",
        "queue",
        "length",
        "depth",
        "lag",
        "backlog",
        "pending",
        "pool",
        "hits",
        "misses",
        "up",
    }
    | {
        "open",
        "files",
        "fds",
        "fd",
        "throttled",
        "throttling",
        "bandwidth",
        "packets",
        "uptime",
        "age",
        "status",
    }
    | {
        "http",
        "https",
        "grpc",
        "rpc",
        "codes",
        "code",
        "availability",
        "percentile",
        "p",
        "quantile",
        "system",
    }
    | {
        "user",
        "pause",
        "iowait",
        "growth",
        "descriptor",
        "descriptors",
        "workers",
        "capacity",
        "full",
        "unavailable",
    }
)
_NOT = frozenset({"version", "info", "message", "target", "config", "build", "user", "system", "p"})
"""Words of the vocabulary that as often belong to a service's name."""
_STATISTICS = frozenset(
    {
        "avg",
        "average",
        "mean",
        "median",
        "max",
        "min",
        "maximum",
        "minimum",
        "sum",
        "total",
        "bucket",
        "stddev",
    }
)
_QUALIFIERS = frozenset({"http", "https", "grpc", "rpc", "jvm", "container", "process"})
_WEAK_QUALIFIERS = frozenset({"client", "server", "node", "pod", "app", "envoy", "istio", "system", "user"})
"""Words that qualify a metric or end a service's name."""
_NOUNS = frozenset(
    {
        "queue",
        "cache",
        "session",
        "sessions",
        "message",
        "messages",
        "event",
        "events",
        "pool",
        "query",
        "status",
    }
    | {
        "transaction",
        "transactions",
        "network",
        "load",
        "user",
        "config",
        "target",
        "system",
        "info",
        "build",
    }
)
"""Words of metrics that services are also named after."""
_CODE = re.compile(r"[1-5](?:xx|\d\d)|p\d{2,3}|\d{2,3}(?:th)?|\d+")


def is_metric_word(word: str) -> bool:
    """Whether a word in lower case is one that metrics' names consist of."""
    if word in _NOT:
        return False
    return (
        word in _WORDS
        or _CODE.fullmatch(word) is not None
        or (len(word) > 1 and bool(normalized_unit(word)))
        or bool(unit_in_name(f"_{word}"))
    )


def is_resource(word: str) -> bool:
    """Whether the word names a resource, which a metric begins with."""
    return word in _RESOURCES


def is_qualifier(word: str, *, weak: bool = False) -> bool:
    """Whether the word only qualifies the metric after it; with `weak` also what may end a service's name."""
    return word in _QUALIFIERS or (weak and word in _WEAK_QUALIFIERS | _STATISTICS)


def is_noun(word: str) -> bool:
    """Whether services are named after this word of metrics, too."""
    return word in _NOUNS


_WORDS = (
    {*ABBREVIATED, *ABBREVIATED.values(), *TRAFFIC, *COUNTING, *HELD, *CAPACITY, *FREE, *MOMENTS, *SUCCESS}
    | {*SHARE, *LOST, *SPECIAL}
    | _MORE
    | _STATISTICS
    | _RESOURCES
)
