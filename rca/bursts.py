"""An incident that comes and goes: the moments in which what people complain about is bad."""

from collections.abc import Sequence

import numpy as np

from rca.constants import CONSTANTS
from rca.robust import robust_sigma
from rca.series import Floats, TimeSeries
from rca.smallest_rise import smallest_rise
from rca.units import base_factor

_LEAST_SPREAD = 0.05  # of a series' level that its usual deviation is at least
_MOST_SHARE = 1 / 3  # of the samples that are bad; with more of them the usual level is not known
_LEAST_MOMENTS = 3  # fewer are a blip
_CALM = 3  # good samples at the end, without which what is bad goes on


def bursts_of(complained: Sequence[TimeSeries]) -> Floats | None:
    """The bad moments (epoch seconds) of the series that has most; None where none comes and goes."""
    bad = (moments for series in complained if (moments := _bad_moments(series)) is not None)
    return max(bad, key=lambda moments: moments.size, default=None)


def _bad_moments(series: TimeSeries) -> Floats | None:
    """Where two samples or more are bad one after the other: a single one is chance."""
    if series.size <= _CALM or series.baseline.size:
        return None
    usual = float(np.median(series.values))
    spread = max(robust_sigma(series.values), _LEAST_SPREAD * abs(usual))
    factor = base_factor(series)
    least = max(CONSTANTS.clear * spread, smallest_rise(series, usual * factor, 0.0) / factor)
    bad = series.sign * (series.values - usual) > least
    neighbours = np.concatenate([[False], bad[:-1]]) | np.concatenate([bad[1:], [False]])
    places = np.flatnonzero(bad & neighbours)
    if places.size < _LEAST_MOMENTS or bad.sum() > _MOST_SHARE * series.size or bad[-_CALM:].any():
        return None
    return series.times[places]
