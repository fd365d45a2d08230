"""Rules for words about resources: how much is used, held, left, waited for, or moved."""

from missions.measurement import MeasuredRole
from semantics.name_words import SHARES, SPACES, UNCERTAIN, Answer, Words
from semantics.units import TIMES
from semantics.vocabulary import CAPACITY, DISKS, FREE, HELD, IN_USE, LOST, MOVED, POOLS


def shares(words: Words) -> Answer | None:
    """Shares of a limit."""
    falling = bool(words.present & FREE)
    named = words.present & {
        "cpu",
        *SPACES,
        "gpu",
        "processors",
        "inodes",
        "pool",
        "threadpool",
        "connections",
    }
    if words.unit in SHARES and named:
        return MeasuredRole.SATURATION, falling
    if (
        words.has("cpu", *SPACES)
        and words.follows({"usage", "used", "cpu", *SPACES}, "rate")
        and not words.unit
    ):
        return MeasuredRole.SATURATION, falling
    if words.has("utilization", "saturation") and not words.counter and words.unit in {"", *SHARES}:
        return MeasuredRole.SATURATION, falling
    return None


def resources(words: Words) -> Answer | None:
    """Memory, space and processors: how much is used, and how much there is."""
    falling = bool(words.present & FREE)
    if words.present & SPACES and words.present & CAPACITY and not words.counter:
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


def pools(words: Words) -> Answer | None:
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


def queues(words: Words) -> Answer | None:
    """Work that waits."""
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
    return UNCERTAIN


def held(words: Words) -> Answer | None:
    """What requests hold while they last."""
    if words.counter or words.present & LOST or words.unit not in {"", "count"}:
        return None
    in_use = words.follows({"in"}, "use") or words.has("inuse") or words.follows({"open"}, "files")
    if not words.present & HELD and not in_use:
        return None
    if words.present & CAPACITY:
        return MeasuredRole.LIMIT, False
    return UNCERTAIN if words.present & FREE else (MeasuredRole.USAGE, False)


def sizes(words: Words) -> Answer | None:
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
    return (MeasuredRole.TRAFFIC, False) if (moved and rated) or directed else UNCERTAIN
