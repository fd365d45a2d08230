"""Which role words have.

Each rule answers, says that the words mean nothing certain, or leaves the answer to the next rule.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from missions.measurement import MeasuredRole
from semantics.units import TIMES, normalized_unit
from semantics.vocabulary import (
    ASKED,
    CAPACITY,
    COUNTING,
    DISKS,
    FREE,
    HELD,
    IN_USE,
    LOST,
    MOMENTS,
    MOVED,
    NO_ERRORS,
    NO_WAIT,
    PHYSICAL,
    POOLS,
    SETTING,
    SHARE,
    SPECIAL,
    STEPS,
    SUCCESS,
    TRAFFIC,
)

Answer = tuple[MeasuredRole, bool]
"""The role, and whether lower values are worse."""

_SHARES = {"ratio", "percent"}
_SIZES = re.compile(r"(?:kibi|kilo|mebi|mega|gibi|giga)?bytes")
_SPACES = {"memory", "swap", "disk"}
_UNCERTAIN: Answer = (MeasuredRole.UNKNOWN, False)
_ALONE = TRAFFIC - {"events", "jobs", "tasks", "hits"}
"""Words that mean traffic without another word that says that something is counted."""


@dataclass(frozen=True)
class Words:
    """The words of a name or title in full spelling, with its unit and statistic.

    `counter` says that the name ends as those of counters do.
    """

    words: tuple[str, ...]
    unit: str
    counter: bool
    statistic: str

    @cached_property
    def present(self) -> frozenset[str]:
        """The words without their order."""
        return frozenset(self.words)

    @property
    def last(self) -> str:
        """The last word, or the one before it where that only says which statistic it is."""
        words = [
            word for word in self.words if not re.fullmatch(r"p?\d{2,4}|average|min|max|current|now", word)
        ]
        return words[-1] if words else ""

    @property
    def timed(self) -> bool:
        """Whether the unit is one of waits."""
        return self.unit in TIMES and self.unit != "days"

    @property
    def is_amount(self) -> bool:
        """Whether the words say that something is held, such as memory: its total is no running total."""
        moved = MOVED | {"read", "written", "write", "allocated", "freed", "processed", "traffic"}
        sized = _SIZES.fullmatch(self.unit) is not None or not self.unit
        return bool(self.present & _SPACES) and sized and not self.present & moved and not self._counts

    @property
    def _counts(self) -> bool:
        return bool(self.present & (TRAFFIC | LOST | {"errors", "oom", "garbage"}))

    def has(self, *words: str) -> bool:
        """Whether any of these words is present."""
        return not self.present.isdisjoint(words)

    def follows(self, first: set[str], second: str) -> bool:
        """Whether one of the first words stands directly before the second."""
        return any(after == second and before in first for before, after in itertools.pairwise(self.words))


def role_of_words(words: Words) -> Answer:
    """The role that the words have, and whether lower values are worse."""
    for rule in _RULES:
        if answer := rule(words):
            return answer
    return _UNCERTAIN


def _known_other(words: Words) -> Answer | None:
    """Measures that everybody knows and that are neither load, failure, wait nor resource."""
    if words.has("garbage"):
        pause = words.has("pause", "pauses", "duration") and not words.counter and not words.has("count")
        return (MeasuredRole.LATENCY, False) if pause else (MeasuredRole.OTHER, False)
    if words.present & PHYSICAL or words.unit in PHYSICAL:
        strange = words.has("latency", "duration", "requests", "errors")
        return _UNCERTAIN if strange else (MeasuredRole.OTHER, False)
    if words.has("requests", "errors"):
        return None
    if words.has("cache") and (words.has("hits", "hit", "misses", "miss", "evictions", "evicted")):
        return MeasuredRole.OTHER, not words.has(
            "misses", "miss", "evictions", "evicted"
        ) and not words.counter
    expires = words.has("expiry", "expires", "expiration", "expire")
    if (
        words.has("timestamp", "uptime")
        or words.last == "info"
        or (expires and words.has("cert", "ssl", "tls"))
    ):
        return MeasuredRole.OTHER, expires and not words.has("timestamp")
    return _UNCERTAIN if words.has("cache", "evictions", "evicted", "build") else None


def _setting(words: Words) -> Answer | None:
    return _UNCERTAIN if words.present & SETTING and not words.counter else None


def _restarts(words: Words) -> Answer | None:
    counted = words.counter or words.last in {"restarts", "oom", "count"} or words.follows({"oom"}, "kills")
    return (MeasuredRole.RESTARTS, False) if words.has("restarts", "oom") and counted else None


def _failures(words: Words) -> Answer | None:
    share = words.unit in _SHARES or (bool(words.present & SHARE) and not words.unit)
    if words.timed or _SIZES.match(words.unit):
        return None
    if (
        words.has("errors")
        and not words.present & NO_ERRORS
        and not words.follows({"no", "non", "without"}, "errors")
    ):
        if words.unit == "count/s" or words.counter:
            return MeasuredRole.ERRORS, False
        if share:
            return MeasuredRole.ERROR_RATIO, False
        certain = words.last == "errors" or words.has(*COUNTING, *TRAFFIC)
        return (MeasuredRole.ERRORS, False) if certain else _UNCERTAIN
    if re.match(r"(?:error_)?burn_?rate", words.last) and not words.unit:
        return MeasuredRole.ERROR_RATIO, False
    if not words.present & LOST or share or words.unit not in {"", "count/s"}:
        return None
    certain = words.has(*TRAFFIC, "packets") or words.counter or words.last == "timeouts"
    return (MeasuredRole.ERRORS, False) if certain else None


def _successes(words: Words) -> Answer | None:
    share = words.unit in _SHARES or (bool(words.present & SHARE) and not words.unit)
    plain = words.last == "availability" or words.words[-1:] == ("sr",)
    if not words.counter and ((words.present & SUCCESS and share) or plain):
        return MeasuredRole.SUCCESS_RATIO, True
    return None


def _waits(words: Words) -> Answer | None:
    if words.follows({"loop", "eventloop"}, "lag") or words.follows({"loop", "eventloop"}, "latency"):
        return MeasuredRole.LATENCY, False
    if words.has("replication", "replica", "replicas") and words.has("latency", "lag", "behind"):
        return MeasuredRole.QUEUE, False
    if words.has("cpu", "idle", "lag", "age", "since") or words.present & MOMENTS or words.counter:
        return None
    if words.unit and not words.timed:
        return None
    latitude = words.words == ("lat",) or words.has("user", "gps", "geo", "location", "lon", "lng")
    if words.has("latency") or (words.has("lat") and (not latitude or words.timed)):
        return MeasuredRole.LATENCY, False
    if words.has("duration") and not words.present & NO_WAIT:
        return MeasuredRole.LATENCY, False
    if words.follows(set(ASKED), "time") and not words.has("timeout"):
        return MeasuredRole.LATENCY, False
    if words.timed and (words.present & (ASKED | STEPS) or words.statistic.startswith("p")):
        return MeasuredRole.LATENCY, False
    return None


def _shares(words: Words) -> Answer | None:
    """Shares of a limit."""
    falling = bool(words.present & FREE)
    named = words.present & {
        "cpu",
        *_SPACES,
        "gpu",
        "processors",
        "inodes",
        "pool",
        "threadpool",
        "connections",
    }
    if words.unit in _SHARES and named:
        return MeasuredRole.SATURATION, falling
    if (
        words.has("cpu", *_SPACES)
        and words.follows({"usage", "used", "cpu", *_SPACES}, "rate")
        and not words.unit
    ):
        return MeasuredRole.SATURATION, falling
    if words.has("utilization", "saturation") and not words.counter and words.unit in {"", *_SHARES}:
        return MeasuredRole.SATURATION, falling
    return None


def _resources(words: Words) -> Answer | None:
    falling = bool(words.present & FREE)
    if words.present & _SPACES and words.present & CAPACITY and not words.counter:
        return MeasuredRole.LIMIT, False
    if words.is_amount:
        used = words.has("used", "usage", "rss", "committed", "working")
        if words.has("total", "size") and not used and not falling:
            return (MeasuredRole.LIMIT, False) if words.has("total") else None
        plain = words.has("memory", "swap") or falling or used
        return (MeasuredRole.USAGE, falling) if plain else None
    if words.has("cpu"):
        return _processors(words)
    if words.has("load1", "load5", "load15", "loadavg", "runqueue") or words.follows(
        {"system", "node", "host"}, "load"
    ):
        return MeasuredRole.USAGE, False
    if words.has("throttled", "throttling") and words.has("cfs", "container", "periods"):
        return MeasuredRole.SATURATION, False
    if words.last == "iops":
        return MeasuredRole.TRAFFIC, False
    return (
        (MeasuredRole.USAGE, False)
        if words.last in {"diskio", "blkio", "iowait"} and not words.unit
        else None
    )


def _processors(words: Words) -> Answer | None:
    if words.has("throttled", "throttling"):
        return MeasuredRole.SATURATION, False
    if words.present & CAPACITY or (words.last in {"count", "processors"} and not words.has("usage", "used")):
        return MeasuredRole.LIMIT, False
    measured = (
        words.unit in TIMES
        or words.unit in {"cores", "millicores"}
        or words.has("usage", "used", "load", "time")
    )
    if measured or words.last == "cpu":
        return MeasuredRole.USAGE, False
    return None


def _pools(words: Words) -> Answer | None:
    """Pools of connections, threads or places: how many are in use, how many there are, who waits."""
    counted = words.unit in {"", "count"} and not words.counter
    if not counted or not words.present & POOLS:
        return None
    if words.has("pending", "waiting", "queue"):
        return MeasuredRole.QUEUE, False
    if words.present & CAPACITY or words.last == "size":
        return MeasuredRole.LIMIT, False
    if words.present & FREE:
        return MeasuredRole.USAGE, True
    return (MeasuredRole.USAGE, False) if words.present & (IN_USE | {"connections", "threads"}) else None


def _queues(words: Words) -> Answer | None:
    if words.counter:
        return None
    if words.has("lag", "backlog"):
        return MeasuredRole.QUEUE, False
    if not words.has("queue", "pending", "waiting", "unacked", "undelivered") or words.unit not in {
        "",
        "count",
    }:
        return None
    if words.present & CAPACITY:
        return MeasuredRole.LIMIT, False
    sized = {"length", "depth", "size", "count", "pending", "waiting", "len", "unacked", "undelivered"}
    if words.present & sized or (words.has("queue") and words.has("messages", "jobs", "tasks")):
        return MeasuredRole.QUEUE, False
    return _UNCERTAIN


def _held(words: Words) -> Answer | None:
    if words.counter or words.present & LOST or words.unit not in {"", "count"}:
        return None
    in_use = words.follows({"in"}, "use") or words.has("inuse") or words.follows({"open"}, "files")
    if not words.present & HELD and not in_use:
        return None
    if words.present & CAPACITY:
        return MeasuredRole.LIMIT, False
    return _UNCERTAIN if words.present & FREE else (MeasuredRole.USAGE, False)


def _health(words: Words) -> Answer | None:
    if words.last in {"up", "alive", "healthy", "health", "reachable"} and words.unit == "":
        return MeasuredRole.UP, True
    return None


def _sizes(words: Words) -> Answer | None:
    """Sizes of requests and the like, and bytes that move."""
    if (
        not words.unit
        and words.last in {"transmit", "receive", "in", "out"}
        and words.has("network", "transmit", "receive")
    ):
        return MeasuredRole.TRAFFIC, False
    if not words.unit.startswith(("bytes", "bits", "kilobytes", "megabytes", "kibibytes", "mebibytes")):
        return None
    if words.has("size", "length") and words.has("requests", "response", "messages", "payload", "body"):
        return MeasuredRole.OTHER, False
    moved = words.present & MOVED
    rated = words.counter or words.unit.endswith("/s") or words.has("rate", "throughput", "persec")
    directed = words.has("transmit", "receive") or (words.has("network") and words.has("in", "out"))
    directed = directed or bool(
        words.present & DISKS and words.has("read", "write", "written", "diskio", "io", "blkio")
    )
    return (MeasuredRole.TRAFFIC, False) if (moved and rated) or directed else _UNCERTAIN


def _events(words: Words) -> Answer | None:
    barred = {"size", "length", "age", "errors", "info", "status"} | SPECIAL | SUCCESS | CAPACITY | LOST
    if words.timed or words.unit in _SHARES:
        return None
    if words.unit == normalized_unit("reqps"):
        return MeasuredRole.TRAFFIC, False
    if words.present & barred:
        return None
    if words.last in {"throughput", "workload", "workloads"} or words.words == ("traffic",):
        return MeasuredRole.TRAFFIC, False
    rated = words.counter or words.present & COUNTING or words.unit.endswith(("/s", "/min"))
    if words.present & (TRAFFIC - {"events"}) and rated:
        return MeasuredRole.TRAFFIC, False
    return (MeasuredRole.TRAFFIC, False) if words.last in _ALONE else None


def _percentiles(words: Words) -> Answer | None:
    """A percentile of nothing that is named is one of waits."""
    return (MeasuredRole.LATENCY, False) if words.statistic.startswith("p") and not words.unit else None


_RULES: tuple[Callable[[Words], Answer | None], ...] = (
    _setting,
    _known_other,
    _restarts,
    _failures,
    _successes,
    _waits,
    _shares,
    _pools,
    _resources,
    _queues,
    _held,
    _health,
    _sizes,
    _events,
    _percentiles,
)
