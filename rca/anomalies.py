"""Rises of a series beyond fixed limits in known units: what a person would call a change."""

from dataclasses import dataclass

import numpy as np

from rca.level_changes import LevelChange, monotonicity, ramp_change, robust_sigma, step_change
from rca.roles import SeriesRole
from rca.series import Floats, TimeSeries

MIN_SAMPLES = 10
"""A series with fewer samples shows no anomaly."""

FULL = 0.8
"""Share of a capacity from which requests have to wait for the resource."""

_MIN_DURATION = 8  # samples that a rise must last
_SIGMAS = 4.0
_MIN_ERROR_SHARE = 0.35  # share of samples with errors since the onset; fewer are single spikes
_MIN_LEAK_MONOTONICITY = 0.7
_LATEST_SAMPLES = 10  # a rise that is over in the latest samples is no anomaly
_LEAK_SAMPLES = 5  # latest samples that give the level of growing memory


@dataclass(frozen=True)
class Anomaly:
    """A series that is worse since `onset`, and clearly so since `clear` (epoch seconds).

    `before` and `after` are levels in the series' unit, with the sign that makes higher values worse.
    `strength` is the rise over the smallest rise that counts: 1 and more.
    """

    series: TimeSeries
    onset: float
    clear: float
    before: float
    after: float
    strength: float
    monotonicity: float


def anomaly_of(series: TimeSeries) -> Anomaly | None:
    """The series' anomaly; None where it is normal, too short, or of a role whose rise is not bad."""
    if series.size < MIN_SAMPLES or not np.isfinite(series.minimum_rise.absolute):
        return None
    change = _level_change(series)
    if change is None:
        return None
    before, after = series.oriented[change.start : change.onset], series.oriented[change.onset :]
    if after.size < _MIN_DURATION:
        return None
    usual = level(before, series.role)
    current = _current_level(after, series.role)
    needed = threshold(series, before) * (1 + _MIN_DURATION / after.size)  # a short rise must be larger
    if current - usual < needed or not _lasts(series, usual, after):
        return None
    return Anomaly(
        series=series,
        onset=float(series.times[change.onset]),
        clear=float(series.times[change.clear]),
        before=usual,
        after=current,
        strength=(current - usual) / needed,
        monotonicity=monotonicity(after),
    )


def level(values: Floats, role: SeriesRole) -> float:
    """The level of shape-(n,) samples: the median; for errors the mean without the highest fifth.

    A service that fails a quarter of few requests has a median of zero.
    """
    if not values.size:
        return float("nan")
    if role is SeriesRole.ERRORS:
        return float(np.sort(values)[: max(1, values.size - -(-values.size // 5))].mean())
    return float(np.median(values))


def threshold(series: TimeSeries, before: Floats) -> float:
    """The smallest rise above the samples `before` that is not noise, in the series' unit."""
    usual = abs(level(before, series.role))
    noise = 0.0 if series.role is SeriesRole.ERRORS else _SIGMAS * robust_sigma(before)
    return max(series.minimum_rise.absolute, series.minimum_rise.relative * usual, noise)


def elevated_throughout(series: TimeSeries) -> bool:
    """Whether errors are high from the first to the last sample: the incident is older than the window."""
    limit = 2 * series.minimum_rise.absolute
    return (
        series.role is SeriesRole.ERRORS
        and series.size >= MIN_SAMPLES
        and anomaly_of(series) is None
        and level(series.oriented, series.role) > limit
        and level(series.oriented[-_LATEST_SAMPLES:], series.role) > limit
    )


def _level_change(series: TimeSeries) -> LevelChange | None:
    if series.role is SeriesRole.MEMORY:
        return ramp_change(series.oriented)
    smallest = series.minimum_rise.absolute / 2
    return step_change(series.oriented, smallest, use_means=series.role is SeriesRole.ERRORS)


def _current_level(after: Floats, role: SeriesRole) -> float:
    if role is SeriesRole.MEMORY:  # it grows, so only its latest samples count
        return float(np.median(after[-_LEAK_SAMPLES:]))
    return min(level(after, role), level(after[-_LATEST_SAMPLES:], role))


def _lasts(series: TimeSeries, usual: float, after: Floats) -> bool:
    if series.role is SeriesRole.MEMORY:
        return monotonicity(after) >= _MIN_LEAK_MONOTONICITY
    above = after > usual + series.minimum_rise.absolute / 2
    return float(above.mean()) >= (_MIN_ERROR_SHARE if series.role is SeriesRole.ERRORS else 0.5)
