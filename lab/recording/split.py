"""The halves of the recordings, by kind of fault: a kind is in one of them, with all its recordings.

The held-out half is read once for each release, and that is said. The table is fixed: a kind never moves.
Each family has kinds in both halves where it has more than one.
"""

from typing import NamedTuple

from lab.faults.truth import Family

DEVELOPMENT, HELD_OUT = "development", "held-out"


class KindSplit(NamedTuple):
    """A kind's family, and the half that its recordings are in."""

    family: Family
    half: str


SPLIT: dict[str, KindSplit] = {
    kind: KindSplit(family, half)
    for family, development, held_out in (
        (
            Family.RELEASE,
            ("exception", "blocking-call", "memory-leak", "upstream-timeout"),
            ("n-plus-one", "connection-leak", "wrong-configuration"),
        ),
        (Family.DATABASE, ("idle-in-transaction", "dropped-index"), ("vacuum-load",)),
        (Family.CACHE, ("cache-flushed", "cache-noeviction"), ("cache-evictions",)),
        (Family.QUEUE, ("consumer-dead",), ("poison-message",)),
        (Family.LINK, ("link-latency", "link-cut"), ("link-resets", "link-half-open", "packet-loss")),
        (Family.EDGE, ("worker-connections", "dns-failure"), ("expired-certificate",)),
        (Family.HOST, ("cpu-hog",), ("disk-full", "wrong-clock")),
        (Family.THIRD_PARTY, ("third-party-slow",), ("third-party-rate-limit",)),
        (Family.LOAD, ("surge",), ()),
        (Family.MONITORING, ("exporter-dead",), ("scrape-gaps",)),
        (Family.TWO, (), ("two-faults",)),
        (Family.HEALTHY, ("none", "healthy-deploy"), ("healthy-batch", "healthy-restart")),
    )
    for half, kinds in ((DEVELOPMENT, development), (HELD_OUT, held_out))
    for kind in kinds
}
"""Every kind of fault."""


def half_of(kind: str) -> str:
    """The half of this kind. ValueError for a kind that the table does not have."""
    if kind not in SPLIT:
        raise ValueError(f"{kind} is in neither half of lab/recording/split.py")
    return SPLIT[kind].half
