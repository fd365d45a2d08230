"""When people are told again that an approval waits: the later, the more of them and the louder."""

from datetime import timedelta
from enum import StrEnum


class Urgency(StrEnum):
    """Who is told: those who may decide now, everybody of the organization, whoever is on call."""

    REMIND = "remind"
    WIDEN = "widen"
    PAGE = "page"


SHARES = {Urgency.REMIND: 0.25, Urgency.WIDEN: 0.5, Urgency.PAGE: 0.75}
"""The share of the time to decide after which each is due."""


def urgency_of(window: timedelta, seconds_left: float) -> Urgency | None:
    """The latest that is due; what an outage has made late is not made up for."""
    due = [one for one, share in SHARES.items() if _left_at(share, window) >= seconds_left]
    return due[-1] if due else None


def is_wide(window: timedelta, seconds_left: float) -> bool:
    """Whether whoever else may decide is let in beside the group that was asked first."""
    return urgency_of(window, seconds_left) in (Urgency.WIDEN, Urgency.PAGE)


def until_next(window: timedelta, seconds_left: float) -> float:
    """Seconds until the next is due, or until the time is up."""
    later = [left for share in SHARES.values() if (left := _left_at(share, window)) < seconds_left]
    return seconds_left - max(later, default=0.0)


def _left_at(share: float, window: timedelta) -> float:
    return (1 - share) * window.total_seconds()
