"""Daily and weekly seasons, removed so that an ordinary peak is no incident and one at another hour is."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rca.robust import robust_sigma
from rca.series import Floats, TimeSeries

_DAY, _WEEK = 86_400.0, 604_800.0  # seconds
_PARTS = {_DAY: 48, _WEEK: 168}
_BASELINE_PERIODS, _RECORDING_PERIODS = 2, 3
"""Whole periods that are needed; one period of a recording may be the incident."""
_MIN_SAMPLES = 24
_MIN_PARTS = 12  # of a period
_MAX_SPARSITY = 4.0  # parts for each sample; beyond it most parts are gaps
_MAX_RESIDUAL = 0.7  # share of a series' deviation that may remain, or it has no season


def deseasonalized(series: TimeSeries) -> TimeSeries:
    """The series without its daily or weekly season, at the level of the hour at which it ends.

    The season is learnt from the baseline where its times are known, else from the recording. Each period
    must be predicted by the others, so a single event is no season. The levels are those of the series'
    end, so that cited values are values that were recorded.
    """
    separate = series.baseline_times.size > 0
    if not series.size or (series.baseline.size and not separate):
        return series
    times, values = (series.baseline_times, series.baseline) if separate else (series.times, series.values)
    for period in (_WEEK, _DAY):  # a weekly season includes the daily one
        needed = _BASELINE_PERIODS if separate else _RECORDING_PERIODS
        season = _season(times, values, period, needed)
        if season is None:
            continue
        level = _at(season, series.times[-1:], period)
        baseline = series.baseline - _at(season, times, period) + level if separate else series.baseline
        return replace(
            series, values=series.values - _at(season, series.times, period) + level, baseline=baseline
        )
    return series


def _season(times: Floats, values: Floats, period: float, needed: int) -> Floats | None:
    """Shape (parts,): the usual value in each part of the period; None where there is no season."""
    if times.size < _MIN_SAMPLES:
        return None
    parts = int(min(_PARTS[period], period / np.median(np.diff(times))))
    periods = (times[-1] - times[0]) / period
    if parts < _MIN_PARTS or periods < needed - 0.5 or periods * parts > _MAX_SPARSITY * times.size:
        return None
    part, number = _part(times, period, parts), ((times - times[0]) // period).astype(int)
    cells, shape = number * parts + part, (int(number.max()) + 1, parts)
    count = np.bincount(cells, minlength=shape[0] * parts)
    sums = np.bincount(cells, weights=values, minlength=shape[0] * parts)
    means = np.where(count, sums / np.maximum(count, 1), np.nan).reshape(shape)
    observed = np.isfinite(means).sum(axis=0)
    if observed.min() < needed - 1:
        return None
    residuals = np.concatenate(
        [_residuals(means, index, values, part, number) for index in range(means.shape[0])]
    )
    if residuals.size < values.size / 2 or robust_sigma(residuals) > _MAX_RESIDUAL * robust_sigma(values):
        return None
    season: Floats = np.nanmedian(means, axis=0)
    return season


def _residuals(
    means: Floats, index: int, values: Floats, part: NDArray[np.int64], number: NDArray[np.int64]
) -> Floats:
    """One period's values minus the other periods' medians."""
    own, others = number == index, np.delete(means, index, axis=0)
    observed = np.isfinite(others).any(axis=0)
    usual = np.full(means.shape[1], np.nan)
    usual[observed] = np.nanmedian(others[:, observed], axis=0)
    residuals: Floats = values[own] - usual[part[own]]
    return residuals[np.isfinite(residuals)]


def _part(times: Floats, period: float, parts: int) -> NDArray[np.int64]:
    part: NDArray[np.int64] = ((times % period) / period * parts).astype(int) % parts
    return part


def _at(season: Floats, times: Floats, period: float) -> Floats:
    """The season at these times, interpolated between the middles of the parts."""
    middles = (np.arange(season.size) + 0.5) / season.size * period
    usual: Floats = np.interp(times % period, middles, season, period=period)
    return usual
