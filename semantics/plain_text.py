"""Lists and durations as a person would write them."""

from collections.abc import Iterable


def listed(items: Iterable[str]) -> str:
    """The items with commas and "and" between them."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def duration(seconds: float) -> str:
    """The seconds in the largest unit that leaves a short number: "5 minutes", "90 seconds"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds / size
            return f"{count:g} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"
