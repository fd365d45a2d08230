"""Rules for words about requests: what is asked for, fails, succeeds or waits."""

import re

from missions.measurement import MeasuredRole
from semantics.name_words import SHARES, SIZES, UNCERTAIN, Answer, Words
from semantics.units import normalized_unit
from semantics.vocabulary import (
    ASKED,
    CAPACITY,
    COUNTING,
    LOST,
    MOMENTS,
    NO_ERRORS,
    NO_WAIT,
    SHARE,
    SPECIAL,
    STEPS,
    SUCCESS,
    TRAFFIC,
)

_ALONE = TRAFFIC - {"events", "jobs", "tasks", "hits"}
"""Words that mean traffic without another word that says that something is counted."""


def failures(words: Words) -> Answer | None:
    """Requests that fail, by number or share."""
    share = words.unit in SHARES or (bool(words.present & SHARE) and not words.unit)
    if words.timed or SIZES.match(words.unit):
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
        return (MeasuredRole.ERRORS, False) if certain else UNCERTAIN
    if re.match(r"(?:error_)?burn_?rate", words.last) and not words.unit:
        return MeasuredRole.ERROR_RATIO, False
    if not words.present & LOST or share or words.unit not in {"", "count/s"}:
        return None
    certain = words.has(*TRAFFIC, "packets") or words.counter or words.last == "timeouts"
    return (MeasuredRole.ERRORS, False) if certain else None


def successes(words: Words) -> Answer | None:
    """Shares of requests that succeed."""
    share = words.unit in SHARES or (bool(words.present & SHARE) and not words.unit)
    plain = words.last == "availability" or words.words[-1:] == ("sr",)
    if not words.counter and ((words.present & SUCCESS and share) or plain):
        return MeasuredRole.SUCCESS_RATIO, True
    return None


def waits(words: Words) -> Answer | None:
    """How long somebody waits."""
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


def events(words: Words) -> Answer | None:
    """Requests and other work that is asked for."""
    barred = {"size", "length", "age", "errors", "info", "status"} | SPECIAL | SUCCESS | CAPACITY | LOST
    if words.timed or words.unit in SHARES:
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


def percentiles(words: Words) -> Answer | None:
    """A percentile of nothing that is named is one of waits."""
    return (MeasuredRole.LATENCY, False) if words.statistic.startswith("p") and not words.unit else None
