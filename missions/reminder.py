"""When people are reminded of an open approval: later reminders reach more people."""

from datetime import timedelta
from enum import StrEnum


class Urgency(StrEnum):
    """Who is reminded: those who may decide now, everyone in the organization, the person on call."""

    REMIND = "remind"
    WIDEN = "widen"
    PAGE = "page"


SHARES = {Urgency.REMIND: 0.25, Urgency.WIDEN: 0.5, Urgency.PAGE: 0.75}
"""The share of the time to decide after which each reminder is due."""


def urgency_of(window: timedelta, seconds_left: float) -> Urgency | None:
    """The most urgent reminder that is due; reminders missed in an outage are not sent late."""
    due = [urgency for urgency, share in SHARES.items() if _left_at(share, window) >= seconds_left]
    return due[-1] if due else None


def is_wide(window: timedelta, seconds_left: float) -> bool:
    """Whether others may decide beside the group that was asked first."""
    return urgency_of(window, seconds_left) in (Urgency.WIDEN, Urgency.PAGE)


def until_next(window: timedelta, seconds_left: float) -> float:
    """Seconds until the next reminder is due, or until the time is over."""
    later = [left for share in SHARES.values() if (left := _left_at(share, window)) < seconds_left]
    return seconds_left - max(later, default=0.0)


def _left_at(share: float, window: timedelta) -> float:
    return (1 - share) * window.total_seconds()
