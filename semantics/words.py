"""The last resort: what the words of a name or title say. Says nothing rather than something wrong."""

import itertools
import re
from dataclasses import dataclass

from missions.measurement import MeasuredRole
from semantics.catalog import canonical
from semantics.meaning import MetricType
from semantics.units import TIMES, normalized_unit, unit_in_name
from semantics.vocabulary import (
    ABBREVIATED,
    CAPACITY,
    COUNTING,
    FREE,
    HELD,
    LOST,
    NO_ERRORS,
    NO_WAIT,
    OTHER,
    SETTING,
    SHARE,
    SPECIAL,
    SUCCESS,
    TRAFFIC,
)

_PHRASES = (
    (re.compile(r"_in_(?:flight|progress)\b"), "_inflight"),
    (re.compile(r"(messages|msgs|jobs|tasks|items)_in_queue\b"), r"\1_queue_length"),
    (re.compile(r"\btime_to_first_byte\b"), "ttfb"),
    (re.compile(r"(status|code)_5\d\d(?=_|$)"), r"\1_5xx"),
)


@dataclass(frozen=True)
class WordReading:
    """What words say; the role is unknown where they say nothing certain."""

    role: MeasuredRole
    unit: str = ""
    falling_is_bad: bool = False
    type: MetricType = MetricType.UNKNOWN
    statistic: str = ""


def read_words(text: str, unit: str = "") -> WordReading:
    """What a name or a title says. `unit` is a unit that is known from elsewhere, normalized."""
    name = canonical(text)
    unit = unit or unit_in_name(name)
    for phrase, replacement in _PHRASES:
        name = phrase.sub(replacement, name)
    words = [ABBREVIATED.get(word, word) for word in name.replace(":", "_").split("_")]
    if words[-1:] == ["s"] and not unit and len(words) > 1:
        unit = "seconds"
    counter = name.endswith("_total") or (name.endswith("_count") and len(words) > 1)
    statistic = _statistic(name)
    role, falling = _role(words, unit, counter=counter)
    if role is MeasuredRole.UNKNOWN and statistic.startswith("p") and (unit in TIMES or "lat" in words):
        role = MeasuredRole.LATENCY
    if not unit and role in {MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO}:
        unit = next((share for share in ("percent", "ratio") if share in words), "")
    return WordReading(role, unit, falling, _type(name), statistic)


def _type(name: str) -> MetricType:
    return MetricType.COUNTER if name.endswith("_total") else MetricType.UNKNOWN


def _statistic(name: str) -> str:
    if match := re.search(r"(?:^|_)(?:p|pct)(\d{2,3})(?:_|$)", name):
        return f"p{match[1]}"
    if match := re.search(r"(?:latency|duration|time)_(50|75|90|95|99|999)$", name):
        return f"p{match[1]}"
    if match := re.search(r"(?:^|_)(\d{2})(?:th)?_?percentile", name):
        return f"p{match[1]}"
    for word, statistic in (
        ("avg", "mean"),
        ("average", "mean"),
        ("mean", "mean"),
        ("median", "p50"),
        ("max", "max"),
    ):
        if re.search(rf"(?:^|_){word}(?:_|$)", name):
            return statistic
    return ""


def _role(words: list[str], unit: str, *, counter: bool) -> tuple[MeasuredRole, bool]:
    present = set(words)
    pairs = set(itertools.pairwise(words))
    if present & OTHER and not present & {"requests", "errors"}:
        certain = present & {"gc", "uptime", "timestamp"} or words[-2:] == ["build", "info"]
        return (MeasuredRole.OTHER if certain else MeasuredRole.UNKNOWN), False
    if present & SETTING and not counter:
        return MeasuredRole.UNKNOWN, False
    timed = unit in TIMES and not unit.startswith("day")
    if outcome := _of_outcome(words, unit, timed=timed, counter=counter):
        return outcome
    if time := _of_time(present, pairs, timed=timed, counter=counter):
        return time, False
    if resource := _of_resource(present, unit, counter=counter):
        return resource
    if words[-1] in {"up", "alive", "healthy"} and len(words) > 1:
        return MeasuredRole.UP, True
    if present & {"restarts", "restart"} and (counter or words[-1] == "restarts"):
        return MeasuredRole.RESTARTS, False
    return _of_events(words, unit, timed=timed, counter=counter), False


def _of_outcome(
    words: list[str], unit: str, *, timed: bool, counter: bool
) -> tuple[MeasuredRole, bool] | None:
    present = set(words)
    pairs = set(itertools.pairwise(words))
    share = unit in {"ratio", "percent"} or (present & SHARE and not unit)
    if (
        "errors" in present
        and not timed
        and unit not in {"bytes", "bytes/s"}
        and not present & NO_ERRORS
        and not {("no", "errors"), ("non", "errors"), ("without", "errors")} & pairs
    ):
        if share and not counter:
            return MeasuredRole.ERROR_RATIO, False
        certain = counter or words[-1] == "errors" or unit == "count/s" or present & (COUNTING | TRAFFIC)
        return (MeasuredRole.ERRORS, False) if certain else (MeasuredRole.UNKNOWN, False)
    if (
        present & LOST
        and (present & TRAFFIC or counter)
        and not share
        and not timed
        and unit in {"", "count/s"}
    ):
        return MeasuredRole.ERRORS, False
    if present & SUCCESS and share and not counter:
        return MeasuredRole.SUCCESS_RATIO, True
    if words[-1] == "availability" and not counter:
        return MeasuredRole.SUCCESS_RATIO, True
    return None


def _of_time(
    present: set[str], pairs: set[tuple[str, str]], *, timed: bool, counter: bool
) -> MeasuredRole | None:
    if ("loop", "lag") in pairs or ("eventloop", "lag") in pairs:
        return MeasuredRole.LATENCY
    if present & {"cpu", "idle", "lag", "age", "since", "expiry", "expires"} or counter:
        return None
    if "latency" in present or ("duration" in present and not present & NO_WAIT):
        return MeasuredRole.LATENCY
    asked = {
        "requests",
        "response",
        "queries",
        "calls",
        "processing",
        "execution",
        "service",
        "wait",
        "handler",
    }
    if {(word, "time") for word in asked} & pairs and "timeout" not in present:
        return MeasuredRole.LATENCY
    if timed and present & (asked | {"transactions", "operations", "read", "write", "fetch", "lat"}):
        return MeasuredRole.LATENCY
    return None


def _of_resource(present: set[str], unit: str, *, counter: bool) -> tuple[MeasuredRole, bool] | None:
    free = bool(present & FREE)
    named = present & {"cpu", "memory", "disk", "filesystem", "swap", "storage", "volume"}
    if (unit in {"ratio", "percent"} and named) or (present & {"utilization", "saturation"} and not counter):
        return MeasuredRole.SATURATION, free
    if named and present & CAPACITY:
        return MeasuredRole.LIMIT, False
    if (
        present & {"memory", "swap"}
        and not counter
        and unit in {"", "bytes", "mebibytes", "megabytes", "gibibytes"}
    ):
        return (MeasuredRole.LIMIT, False) if "total" in present else (MeasuredRole.USAGE, free)
    if "cpu" in present and (unit in TIMES or unit in {"cores", "millicores"} or present & {"usage", "used"}):
        return MeasuredRole.USAGE, False
    if named & {"disk", "filesystem", "volume", "storage"} and present & {
        "used",
        "usage",
        "free",
        "available",
    }:
        return MeasuredRole.USAGE, free
    return _of_waiting(present, unit, counter=counter)


def _of_waiting(present: set[str], unit: str, *, counter: bool) -> tuple[MeasuredRole, bool] | None:
    if present & {"lag", "backlog"} and not counter:
        return MeasuredRole.QUEUE, False
    waits = present & {"queue", "pending", "waiting"}
    if waits and not counter and unit in {"", "count"}:
        if (
            present & {"length", "depth", "size", "count", "pending", "waiting", "len"}
            and not present & CAPACITY
        ):
            return MeasuredRole.QUEUE, False
        return (MeasuredRole.LIMIT if present & CAPACITY else MeasuredRole.UNKNOWN), False
    if present & HELD and not present & LOST and not counter and not waits and unit in {"", "count"}:
        if present & CAPACITY:
            return MeasuredRole.LIMIT, False
        return (MeasuredRole.UNKNOWN if present & FREE else MeasuredRole.USAGE), False
    return None


def _of_events(words: list[str], unit: str, *, timed: bool, counter: bool) -> MeasuredRole:
    present = set(words)
    if (
        timed
        or unit in {"ratio", "percent", "celsius"}
        or present & ({"size", "length", "age", "retries", "retry"} | SPECIAL)
    ):
        return MeasuredRole.UNKNOWN
    if unit.startswith(("bytes", "bits")):
        moved = present & {"transmit", "receive", "sent", "received", "transmitted", "network", "net"}
        certain = moved and (counter or unit.endswith("/s") or present & {"rate", "throughput", "persec"})
        return MeasuredRole.TRAFFIC if certain else MeasuredRole.UNKNOWN
    if "throughput" in present or words == ["traffic"]:
        return MeasuredRole.TRAFFIC
    rated = counter or present & COUNTING or unit.endswith(("/s", "/min")) or words[-1] in TRAFFIC
    if present & (TRAFFIC - {"events"}) and rated and not present & (SUCCESS | CAPACITY | LOST):
        return MeasuredRole.TRAFFIC
    if unit and unit == normalized_unit("reqps"):
        return MeasuredRole.TRAFFIC
    return MeasuredRole.UNKNOWN
