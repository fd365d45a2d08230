"""Turns running totals into rates per second, which can be compared."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from missions.measurement import MeasuredRole
from rca.series import Floats, TimeSeries
from rca.signals import signal_of
from semantics.rates import meaning_of_rate

_COUNTED = frozenset({MeasuredRole.TRAFFIC, MeasuredRole.ERRORS, MeasuredRole.RESTARTS})
"""Roles of events: a total of these that never rises is one of none."""
_MAX_FALLS = 0.2
"""Falls for each rise up to which a series is a total that was reset at times, and no level."""
_MIN_REGULAR = 0.8
"""Share of the intervals between two rises that are equal, from which the total is scraped more rarely."""


def rate_of_counter(series: TimeSeries) -> TimeSeries:
    """The rate per second of a raw counter, with its role and unit; any other series as it is.

    A fall is a reset: the total after it counts from zero, as in Prometheus. A series that is named like a
    counter and falls as often as it rises is none, nor is `memory_total`, which never rises. The first sample
    has no rate.
    """
    if not series.meaning.cumulative or not _is_total(series):
        return series
    meaning = meaning_of_rate(series.meaning)
    times, values = _rate(series.times, series.values)
    baseline, baseline_times = np.array([]), np.array([])
    if series.baseline_times.size:
        baseline_times, baseline = _rate(series.baseline_times, series.baseline)
    return replace(
        series,
        unit=meaning.unit,
        meaning=meaning,
        signal=signal_of(meaning, series.metric, dict(series.labels)),
        times=times,
        values=values,
        baseline=baseline,
        baseline_times=baseline_times,
    )


def _is_total(series: TimeSeries) -> bool:
    steps = np.diff(series.values)
    rises, falls = int((steps > 0).sum()), int((steps < 0).sum())
    counts = rises > 0 or series.meaning.role in _COUNTED
    return steps.size > 0 and counts and not (series.values < 0).any() and falls <= _MAX_FALLS * rises


def _rate(times: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """Times and rates, both of shape (n - 1,) or shorter where a total stays for several samples."""
    kept = _scraped(totals)
    times, totals = times[kept], totals[kept]
    increases = np.diff(totals)
    increases = np.where(increases < 0, totals[1:], increases)
    return times[1:], increases / np.diff(times)


def _scraped(totals: Floats) -> NDArray[np.intp]:
    """Places of the samples that were scraped, where a query's step is shorter than the scrape's.

    Between two scrapes the total does not rise. Where it rises at every k-th sample, only these count, so
    that the rate does not jump between zero and k times its value.
    """
    every = np.arange(totals.size)
    rises = np.flatnonzero(np.diff(totals) != 0) + 1
    gaps = np.diff(rises)
    if gaps.size < 3:  # noqa: PLR2004  too few to call regular
        return every
    usual = int(np.median(gaps))
    if usual < 2 or (gaps == usual).mean() < _MIN_REGULAR:  # noqa: PLR2004  every sample was scraped
        return every
    return every[rises[0] % usual :: usual]
