"""When: the start of the last lasting rise of a track. Index arithmetic, so gaps in time do not matter."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rca.tables import Floats

SHORTEST = 5
"""Samples in the shortest level that is told apart: a spike of one or two samples is no level."""

_TO_SIGMA = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
_MOST_LEVELS = 12
_SMOOTH = 5
_BLOCKS = 5
_FALL = 3


@dataclass(frozen=True)
class Rise:
    """Samples `start:onset` are the time before, `onset:` the time since; since `clear` beyond doubt."""

    start: int
    onset: int
    clear: int


def spread(values: Floats) -> float:
    """The robust standard deviation (median/MAD) of shape-(n,) values."""
    return float(_TO_SIGMA * np.median(np.abs(values - np.median(values)))) if values.size else 0.0


def step(values: Floats, smallest: float, *, averaged: bool = False) -> Rise | None:
    """The last climb from a valley to the level at the end, or None if the end is the valley.

    Levels are found by splitting where the means differ most, as long as medians differ by `smallest`.
    A climb may have several levels. `averaged` smooths by means instead of medians: for ratios that
    are zero in most samples.
    """
    if values.size < 2 * SHORTEST:
        return None
    smooth = _smooth(values, averaged=averaged)
    bounds = _levels(smooth, smallest)
    heights = [float(np.median(smooth[a:b])) for a, b in pairwise(bounds)]
    low = min(heights)
    if heights[-1] - low < smallest:
        return None
    # Levels of an incident go up and down: it lasts while they stay clear of the lowest.
    valley = len(heights) - 2
    clear_of = low + 0.3 * (heights[-1] - low)
    while heights[valley] > clear_of:
        valley -= 1
    # A ramp starts lower still. Errors do not ramp, and a spike before them would be taken for their start.
    foot = low + 0.2 * (heights[-1] - low)
    while not averaged and heights[valley] > foot and heights[valley - 1] < heights[valley]:
        valley -= 1
    first = valley
    while first > 0 and heights[first - 1] <= clear_of:
        first -= 1
    start, clear = bounds[first], bounds[valley + 1]
    onset = clear
    # A ramp leaves its valley before the means differ most: walk back while it is above the noise.
    noise = heights[valley] + max(3 * spread(smooth[start:onset]), 0.25 * smallest)
    while not averaged and onset - start > SHORTEST and smooth[onset - 1] > noise:
        onset -= 1
    return Rise(start, onset, clear)


def ramp(values: Floats) -> Rise | None:
    """Where a flat line best turns into a straight rise (least squares over all turning points), or None."""
    start = _after_last_drop(values)
    tail = _smooth(values[start:], averaged=False)
    size = tail.size
    if size < 2 * SHORTEST:
        return None
    turns = np.unique(np.linspace(SHORTEST - 1, size - SHORTEST, 120).astype(int))
    since = np.maximum(np.arange(size)[None, :] - turns[:, None], 0).astype(np.float64)
    since -= since.mean(axis=1, keepdims=True)
    slopes = since @ (tail - tail.mean()) / (since**2).sum(axis=1)
    explained = slopes * (since @ (tail - tail.mean()))
    best = int(np.argmax(explained))
    onset = start + int(turns[best]) + 1
    return Rise(start, onset, onset) if slopes[best] > 0 else None


def steadiness(values: Floats) -> float:
    """How much of a rise is one way, 0..1: the net rise of five block medians over all their movement."""
    if values.size < _BLOCKS:
        return 0.0
    blocks = np.array([np.median(block) for block in np.array_split(values, _BLOCKS)])
    moved = float(np.abs(np.diff(blocks)).sum())
    return max(0.0, float(blocks[-1] - blocks[0]) / moved) if moved > 0 else 0.0


def _smooth(values: Floats, *, averaged: bool) -> Floats:
    if values.size < _SMOOTH:
        return values
    padded = np.pad(values, _SMOOTH // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH)
    smooth: Floats = windows.mean(axis=1) if averaged else np.median(windows, axis=1)
    return smooth


def _levels(smooth: Floats, smallest: float) -> list[int]:
    """Bounds of the levels, from 0 to n: binary segmentation, the clearest split first."""
    bounds = [0, int(smooth.size)]
    waiting = [(0, int(smooth.size))]
    while waiting and len(bounds) <= _MOST_LEVELS:
        a, b = waiting.pop(0)
        cut = _split(smooth[a:b])
        if cut is None:
            continue
        left, right = smooth[a : a + cut], smooth[a + cut : b]
        if abs(np.median(left) - np.median(right)) < max(smallest, spread(left), spread(right)):
            continue
        bounds.append(a + cut)
        waiting += [(a, a + cut), (a + cut, b)]
    return sorted(bounds)


def _split(values: Floats) -> int | None:
    size = values.size
    if size < 2 * SHORTEST:
        return None
    cuts = np.arange(SHORTEST, size - SHORTEST + 1)
    sums = np.cumsum(values)
    left, right = sums[cuts - 1] / cuts, (sums[-1] - sums[cuts - 1]) / (size - cuts)
    return int(cuts[np.argmax((left - right) ** 2 * cuts * (size - cuts))])


def _after_last_drop(values: Floats) -> int:
    """Where the samples since the last restart begin: after a fall by a fifth within three samples."""
    falls = np.flatnonzero(values[_FALL:] < 0.8 * values[:-_FALL])
    return int(falls[-1]) + _FALL if falls.size else 0
