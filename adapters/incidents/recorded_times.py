"""A column or stream of times, with what had to be assumed about it."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from adapters.incidents.file_report import FileTally
from adapters.incidents.limits import MAX_TIME
from adapters.incidents.times import first_number, is_ambiguous_date, parsed_time
from rca.series import Floats

_HOUR = 3600.0
_MONTHS = 12
_EARLIEST = 86_400.0 * 365
_RISING = 0.9


def parsed_times(cells: Sequence[object], tally: FileTally, place: str) -> Floats:
    """Epoch seconds of shape (n,), NaN for what is no time; notes what was assumed."""
    day_first = _day_first(cells, tally, place)
    times = np.full(len(cells), np.nan)
    without_zone = 0
    for index, cell in enumerate(cells):
        times[index], has_zone = parsed_time(cell, day_first=day_first)
        without_zone += not has_zone
    times[~((times >= 0) & (times <= MAX_TIME))] = np.nan
    if without_zone:
        tally.note(f"The times in {place} have no zone: they are read as UTC.")
        times = _without_doubled_hour(times, tally, place)
    if np.isfinite(times).any() and np.nanmax(times) < _EARLIEST:
        tally.note(f"The times in {place} are numbers below a year: they are read as seconds since 1970.")
    return times


def _day_first(cells: Sequence[object], tally: FileTally, place: str) -> bool:
    dates = [cell for cell in cells if isinstance(cell, str) and is_ambiguous_date(cell)]
    if not dates:
        return False
    if any(first_number(date) > _MONTHS for date in dates):
        return True
    if any(not math.isfinite(parsed_time(date, day_first=True)[0]) for date in dates):
        return False
    spans = [
        np.ptp([parsed_time(date, day_first=day_first)[0] for date in dates]) for day_first in (False, True)
    ]
    day_first = bool(spans[1] < spans[0])
    order = "day/month" if day_first else "month/day"
    tally.note(f"The dates in {place}, as {dates[0]!r}, are read as {order}/year.")
    return day_first


def _without_doubled_hour(times: Floats, tally: FileTally, place: str) -> Floats:
    """Local times go back once at the end of summer time; what follows is moved so that time rises.

    Only times in order have such an hour. A missing hour looks like a gap and is only noted.
    """
    finite = np.flatnonzero(np.isfinite(times))
    if finite.size < 3:  # noqa: PLR2004  a step before and after
        return times
    steps = np.diff(times[finite])
    direction = 1.0 if (steps > 0).sum() >= (steps < 0).sum() else -1.0
    steps = direction * steps
    moving = steps[steps != 0]
    if not moving.size or (moving > 0).mean() < _RISING:
        return times
    step = float(np.median(moving[moving > 0]))
    backwards = np.flatnonzero(steps < 0)
    if (
        backwards.size == 1
        and -_HOUR <= steps[backwards[0]] < 0
        and steps[backwards[0]] + _HOUR <= 2 * step + 60
    ):
        after = finite[backwards[0] + 1]
        moved = times.copy()
        moved[after:] += direction * _HOUR
        tally.note(
            f"The times in {place} go back by {_minutes(-steps[backwards[0]])} at {_text(times[after])}, as"
            " at the end of summer time: what follows is read as one hour later."
        )
        return moved
    for at in backwards[:1]:
        tally.note(
            f"The times in {place} go back by {_minutes(-steps[at])} at {_text(times[finite[at + 1]])}:"
            " they are sorted as they are."
        )
    forward = np.flatnonzero(np.abs(steps - _HOUR - step) < 1)
    if forward.size and step < _HOUR / 2:
        tally.note(
            f"The times in {place} skip one hour at {_text(times[finite[forward[0] + 1]])}: a gap, or the"
            " beginning of summer time."
        )
    return times


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 60 else f"{seconds:.0f} seconds"  # noqa: PLR2004  a minute


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")
