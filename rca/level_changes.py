"""The last lasting rise of one series. Works on sample indices, so gaps in time do not matter."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rca.series import Floats

MIN_LEVEL_SAMPLES = 5
"""Samples in the shortest level: a spike of one or two samples is no level."""

_SIGMA_PER_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
_MAX_LEVELS = 12
_SMOOTHING = 5
_BLOCKS = 5
_RESTART_SAMPLES = 3


@dataclass(frozen=True)
class LevelChange:
    """Samples `start:onset` are the level before, `onset:` the rise; from `clear` on it is beyond doubt."""

    start: int
    onset: int
    clear: int


def robust_sigma(values: Floats) -> float:
    """The robust standard deviation (from the median absolute deviation) of shape-(n,) values."""
    return float(_SIGMA_PER_MAD * np.median(np.abs(values - np.median(values)))) if values.size else 0.0


def step_change(values: Floats, smallest: float, *, use_means: bool = False) -> LevelChange | None:
    """The last climb from a low level to the level at the end; None if the series ends at its low level.

    Levels are found by binary segmentation: the series is split where the means differ most, as long as the
    medians differ by `smallest`. A climb may have several levels. `use_means` smooths by means instead of
    medians, for ratios that are zero in most samples.
    """
    if values.size < 2 * MIN_LEVEL_SAMPLES:
        return None
    smooth = _smoothed(values, use_means=use_means)
    bounds = _level_bounds(smooth, smallest)
    heights = [float(np.median(smooth[a:b])) for a, b in pairwise(bounds)]
    low = min(heights)
    if heights[-1] - low < smallest:
        return None
    # The levels of an incident go up and down. It lasts while they stay clear of the lowest level.
    valley = len(heights) - 2
    clear_of = low + 0.3 * (heights[-1] - low)
    while heights[valley] > clear_of:
        valley -= 1
    # A ramp starts lower still. Errors do not ramp, and a spike before them would be taken for their start.
    foot = low + 0.2 * (heights[-1] - low)
    while not use_means and heights[valley] > foot and heights[valley - 1] < heights[valley]:
        valley -= 1
    first = valley
    while first > 0 and heights[first - 1] <= clear_of:
        first -= 1
    start, clear = bounds[first], bounds[valley + 1]
    onset = clear
    # A ramp leaves its low level before the means differ most: walk back while it is above the noise.
    noise = heights[valley] + max(3 * robust_sigma(smooth[start:onset]), 0.25 * smallest)
    while not use_means and onset - start > MIN_LEVEL_SAMPLES and smooth[onset - 1] > noise:
        onset -= 1
    return LevelChange(start, onset, clear)


def ramp_change(values: Floats) -> LevelChange | None:
    """Where a flat line best turns into a straight rise (least squares over all turning points), or None."""
    start = _after_last_restart(values)
    tail = _smoothed(values[start:], use_means=False)
    size = tail.size
    if size < 2 * MIN_LEVEL_SAMPLES:
        return None
    turns = np.unique(np.linspace(MIN_LEVEL_SAMPLES - 1, size - MIN_LEVEL_SAMPLES, 120).astype(int))
    ramps = np.maximum(np.arange(size)[None, :] - turns[:, None], 0).astype(np.float64)
    ramps -= ramps.mean(axis=1, keepdims=True)
    slopes = ramps @ (tail - tail.mean()) / (ramps**2).sum(axis=1)
    explained = slopes * (ramps @ (tail - tail.mean()))
    best = int(np.argmax(explained))
    onset = start + int(turns[best]) + 1
    return LevelChange(start, onset, onset) if slopes[best] > 0 else None


def monotonicity(values: Floats) -> float:
    """How steadily values rise, 0..1: the net rise of five block medians over the sum of all their moves."""
    if values.size < _BLOCKS:
        return 0.0
    blocks = np.array([np.median(block) for block in np.array_split(values, _BLOCKS)])
    moved = float(np.abs(np.diff(blocks)).sum())
    return max(0.0, float(blocks[-1] - blocks[0]) / moved) if moved > 0 else 0.0


def _smoothed(values: Floats, *, use_means: bool) -> Floats:
    if values.size < _SMOOTHING:
        return values
    padded = np.pad(values, _SMOOTHING // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHING)
    smooth: Floats = windows.mean(axis=1) if use_means else np.median(windows, axis=1)
    return smooth


def _level_bounds(smooth: Floats, smallest: float) -> list[int]:
    """Bounds of the levels, from 0 to n: binary segmentation, breadth first."""
    bounds = [0, int(smooth.size)]
    segments = [(0, int(smooth.size))]
    while segments and len(bounds) <= _MAX_LEVELS:
        a, b = segments.pop(0)
        cut = _best_cut(smooth[a:b])
        if cut is None:
            continue
        left, right = smooth[a : a + cut], smooth[a + cut : b]
        difference = abs(np.median(left) - np.median(right))
        if difference < max(smallest, robust_sigma(left), robust_sigma(right)):
            continue
        bounds.append(a + cut)
        segments += [(a, a + cut), (a + cut, b)]
    return sorted(bounds)


def _best_cut(values: Floats) -> int | None:
    size = values.size
    if size < 2 * MIN_LEVEL_SAMPLES:
        return None
    cuts = np.arange(MIN_LEVEL_SAMPLES, size - MIN_LEVEL_SAMPLES + 1)
    sums = np.cumsum(values)
    left, right = sums[cuts - 1] / cuts, (sums[-1] - sums[cuts - 1]) / (size - cuts)
    return int(cuts[np.argmax((left - right) ** 2 * cuts * (size - cuts))])


def _after_last_restart(values: Floats) -> int:
    """The first sample after the last restart: a fall by a fifth within three samples."""
    falls = np.flatnonzero(values[_RESTART_SAMPLES:] < 0.8 * values[:-_RESTART_SAMPLES])
    return int(falls[-1]) + _RESTART_SAMPLES if falls.size else 0
