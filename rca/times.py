"""Conversions between datetimes and the engine's epoch seconds."""

from datetime import UTC, datetime

LATEST = 4e9
"""Epoch seconds (year 2096). Later times are treated as garbage: they would overflow a datetime."""


def epoch_seconds(at: datetime) -> float:
    """Epoch seconds of a datetime; one without a zone is read as UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def utc(seconds: float) -> datetime:
    """The UTC datetime of epoch seconds within range."""
    return datetime.fromtimestamp(seconds, UTC)


def in_range(at: datetime) -> bool:
    """Whether a datetime can be compared with sample times."""
    return 0 <= epoch_seconds(at) <= LATEST
