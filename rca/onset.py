"""The onset of an incident: the moment at which most series change together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rca.changepoints import changepoint
from rca.series import Floats, TimeSeries
from rca.signals import Signal
from rca.smallest_rise import smallest_rise
from rca.units import base_factor

_WEIGHTS = {
    Signal.LATENCY: 1.0,
    Signal.ERRORS: 1.0,
    Signal.SELF_TIME: 1.0,
    Signal.OWN_ERRORS: 1.0,
    Signal.UP: 1.0,
    Signal.WAIT: 0.5,
    Signal.REFUSED: 0.5,
    Signal.CPU: 0.5,
    Signal.MEMORY: 0.5,
    Signal.SATURATION: 0.5,
    Signal.QUEUE: 0.5,
    Signal.HELD: 0.25,
    Signal.USAGE: 0.25,
    Signal.TRAFFIC: 0.5,
}
_EITHER_WAY = frozenset({Signal.TRAFFIC, Signal.HELD, Signal.USAGE})
"""Signals for which less is as strange as more; a fall of another one is no onset but a recovery."""
ACCUMULATING = frozenset({Signal.MEMORY, Signal.SATURATION, Signal.HELD, Signal.QUEUE})
"""What fills up before anybody suffers, so that its level, too, leaves its place earlier and slowly."""
_MIN_SAMPLES = 16
_MIN_NOISE = 0.3  # of a series' robust standard deviation
_MAX_Z = 8.0  # z-scores are clipped here
_SIGMA_PER_QUARTILE = 3.14  # a normal distribution's deviation over its absolute values' lower quartile
_MIN_CONTRAST = 5.0  # contrast, in the series' usual contrasts, from which it counts
_MIN_TOTAL = 3.0
_LEAST_RELEVANCE = 0.1
_RAMP = 1 / 32  # share of a recording; a shorter ramp is a step
_MIN_CHANGEPOINT = 5.0  # twice a log likelihood ratio
_BEFORE_HINT, _AFTER_HINT = 180.0, 30.0  # seconds around a given onset that are searched


def onset_of(all_series: Sequence[TimeSeries], hint: float | None) -> float | None:
    """The onset in epoch seconds, near a `hint` within the recording; None where nothing changes.

    At every moment, the means before and after are compared for each series, over several window lengths,
    in units of that series' usual contrast. A season moves slowly, so it neither hides an onset nor makes
    one; nor does what becomes better.
    """
    times = _common_times(all_series)
    if hint is not None and not (times.size and times[0] <= hint <= times[-1]):
        hint = None
    if times.size < _MIN_SAMPLES:
        return hint
    used = [series for series in all_series if series.size >= _MIN_SAMPLES and series.signal in _WEIGHTS]
    sampled = [
        (_WEIGHTS[series.signal], *_running_sums(np.interp(times, series.times, series.oriented)))
        for series in used
    ]
    contrasts = [
        weight * _contrast(sums, either_way=series.signal in _EITHER_WAY) * _relevance(series)
        for series, (weight, sums, _) in zip(used, sampled, strict=True)
    ]
    total = _total(used, contrasts, times.size)
    if hint is not None:
        total[_outside(times, hint)] = 0.0
    best = int(np.argmax(total))
    if total[best] < _MIN_TOTAL:
        return _changepoint(all_series, times) if hint is None else hint
    turning = [series for series, contrast in zip(used, contrasts, strict=True) if contrast[best] > 0]
    changed = _changepoint(turning, times) if hint is None else None
    changing = [sums for sums, contrast in zip(sampled, contrasts, strict=True) if contrast[best] > 0]
    step = float(times[_refined(best, changing, times, hint)])
    # A ramp has its highest contrast in the middle. If both detectors mean the same moment of these series,
    # the contrast is the more exact one.
    is_ramp = changed is not None and step - changed > _RAMP * float(times[-1] - times[0])
    return changed if is_ramp else step


def _total(all_series: Sequence[TimeSeries], contrasts: Sequence[Floats], size: int) -> Floats:
    """Shape (size,): the contrasts at each moment; a service counts once for each signal."""
    highest: dict[tuple[str, Signal], Floats] = {}
    for series, contrast in zip(all_series, contrasts, strict=True):
        key = series.service, series.signal
        highest[key] = np.maximum(highest.get(key, 0.0), contrast)
    return sum(highest.values(), np.zeros(size + 1))[:-1]


def _relevance(series: TimeSeries) -> float:
    """Whether people would care about how much the series changes at all."""
    low, usual, high = np.quantile(series.values, [0.05, 0.5, 0.95]) * base_factor(series)
    return float(np.clip((high - low) / smallest_rise(series, float(usual), 0.0), _LEAST_RELEVANCE, 1.0))


def recovery_before(series: TimeSeries, onset: float) -> float | None:
    """The moment before the onset (epoch seconds) at which the series left an earlier trouble, if it did.

    The window of an incident may begin in the last one, or in the start of everything.
    """
    place = int(np.searchsorted(series.times, onset))
    if place < _MIN_SAMPLES or series.signal in _EITHER_WAY or series.signal not in _WEIGHTS:
        return None
    contrast = _contrast(_running_sums(-series.oriented[:place])[0], either_way=False)[:-1]
    best = int(np.argmax(contrast))
    return float(series.times[best]) if contrast[best] >= _MIN_TOTAL else None


def earlier_onset(all_series: Sequence[TimeSeries], onset: float) -> float | None:
    """The changepoint of one service's series, where it is clearly before the onset; else None.

    A resource fills up before requests wait for it, and in fewer series.
    """
    onsets = [onset]
    for series in all_series:
        changed = _changepoint([series], series.times) if series.size >= _MIN_SAMPLES else None
        if changed is not None and onset - changed > _RAMP * float(series.times[-1] - series.times[0]):
            onsets.append(changed)
    return min(onsets) if len(onsets) > 1 else None


def series_onset(series: TimeSeries) -> float | None:
    """The moment at which one series leaves its level, epoch seconds; None where it does not."""
    return _changepoint([series], series.times) if series.size >= _MIN_SAMPLES else None


def _changepoint(all_series: Sequence[TimeSeries], times: Floats) -> float | None:
    rows: list[Floats] = []
    weights: list[float] = []
    either_way: list[bool] = []
    for series in all_series:
        if series.size >= _MIN_SAMPLES and series.signal in _WEIGHTS:
            values = np.interp(times, series.times, series.values)
            # Exponential growth is straight in the logarithm, and noise may grow with the level.
            forms = [values, np.log(values)] if values.min() > 0 else [values]
            rows += [series.sign * form for form in forms]
            weights += [_WEIGHTS[series.signal] / len(forms)] * len(forms)
            either_way += [series.signal in _EITHER_WAY] * len(forms)
    if not rows:
        return None
    place, ratio = changepoint(np.array(rows), np.array(weights), np.array(either_way))
    return float(times[place]) if ratio >= _MIN_CHANGEPOINT else None


def _refined(
    best: int, changing: Sequence[tuple[float, Floats, Floats]], times: Floats, hint: float | None
) -> int:
    """The sample near `best` at which the changing series are best fitted by two levels."""
    size = times.size
    reach = max(3, size // 4)  # the longest of the window lengths
    first, last = max(2, best - reach), min(size - 2, best + reach)
    start, end = max(0, first - reach), min(size, last + reach)
    at = np.arange(first, last + 1)
    gains = np.zeros(at.size)
    for weight, sums, squares in changing:
        whole = squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start)
        split = (
            squares[end]
            - squares[start]
            - (sums[at] - sums[start]) ** 2 / (at - start)
            - (sums[end] - sums[at]) ** 2 / (end - at)
        )
        least = 1e-3 * (end - start)
        gains += weight * (end - start) * np.log((whole + least) / (np.maximum(split, 0) + least))
    if hint is not None:
        gains[_outside(times[at], hint)] = -1.0
    return int(at[np.argmax(gains)])


def _outside(times: Floats, hint: float) -> NDArray[np.bool_]:
    """Which times are too far from a given onset."""
    outside: NDArray[np.bool_] = (times < hint - _BEFORE_HINT) | (times > hint + _AFTER_HINT)
    return outside


def _common_times(all_series: Sequence[TimeSeries]) -> Floats:
    """The times of the longest series."""
    longest = max(all_series, key=lambda series: series.size, default=None)
    return np.array([]) if longest is None else longest.times


def _running_sums(values: Floats) -> tuple[Floats, Floats]:
    """Running sums, shape (n + 1,), of the values' z-scores around their median, and of their squares."""
    centre = float(np.median(values))
    sigma = float(1.4826 * np.median(np.abs(values - centre)))
    steps = float(np.median(np.abs(np.diff(values)))) if values.size > 1 else 0.0
    # A change in the middle of a recording widens its deviation, but not its differences from sample to
    # sample.
    noise = max(1.05 * steps, _MIN_NOISE * sigma) or float(values.std())
    if noise <= 0:
        return np.zeros(values.size + 1), np.zeros(values.size + 1)
    scores = np.clip((values - centre) / noise, -_MAX_Z, _MAX_Z)
    return np.concatenate([[0.0], np.cumsum(scores)]), np.concatenate([[0.0], np.cumsum(scores**2)])


def _contrast(sums: Floats, *, either_way: bool) -> Floats:
    """Shape (n + 1,): how much more the mean after each sample is than that before, beyond what is usual."""
    size = sums.size - 1
    best = np.zeros(size + 1)
    if not sums.any():
        return best
    for width in sorted({max(3, size // parts) for parts in (40, 16, 8, 4)}):
        if size < 2 * width + 4:
            continue
        at = np.arange(width, size - width + 1)
        differences = (sums[at + width] - 2 * sums[at] + sums[at - width]) / width
        usual = _SIGMA_PER_QUARTILE * np.quantile(np.abs(differences), 0.25) + 0.5 / np.sqrt(width)
        best[at] = np.maximum(best[at], (np.abs(differences) if either_way else differences) / usual)
    return np.clip(best - _MIN_CONTRAST, 0.0, 10.0)
