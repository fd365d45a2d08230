"""Every series compared with its baseline: its own normal operation, or the time before the onset."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rca.deviations import Deviation, deviation_of, without_load
from rca.onset import onset_of
from rca.roles import SeriesRole
from rca.series import Floats, TimeSeries

_SHORT_WINDOW = 16  # samples; a shorter incident window is the incident as a whole
_CURRENT_SHARE = 1 / 3  # of a recording without an onset
_MIN_GUARD = 3  # samples


@dataclass(frozen=True)
class BaselineComparison:
    """The deviations of all comparable series, and the onset (epoch seconds), where there is one."""

    deviations: tuple[Deviation, ...]
    onset: float | None


def compare_to_baseline(
    all_series: Sequence[TimeSeries], hint: float | None, onset: float | None = None
) -> BaselineComparison:
    """Splits each series at the onset. Without a given `onset` it is searched, near the `hint` if any."""
    used = [series for series in all_series if series.role is not SeriesRole.OTHER and series.size]
    if onset is None:
        onset = onset_of(used, hint)
    traffic = {series.service: series for series in used if series.role is SeriesRole.TRAFFIC}
    deviations = []
    for series in used:
        baseline, current = _windows(series, onset)
        load = traffic.get(series.service)
        if load is not None and series.role in {SeriesRole.SATURATION, SeriesRole.MEMORY}:
            baseline, current = _without_traffic(series, load, onset, baseline, current)
        deviation = deviation_of(series, baseline, current)
        if deviation is not None:
            deviations.append(deviation)
    return BaselineComparison(tuple(deviations), onset)


def _windows(series: TimeSeries, onset: float | None) -> tuple[Floats, Floats]:
    """The baseline window and the current window."""
    first = _first_current(series, onset)
    if series.baseline.size:
        # What leads to an incident is part of a short window.
        whole = series.size < _SHORT_WINDOW or onset is None
        return series.baseline, series.values if whole else series.values[first:]
    return series.values[: first - _guard(first)], series.values[first:]


def _guard(first: int) -> int:
    """Samples before the onset that the baseline leaves out, because the onset is not exact."""
    return max(_MIN_GUARD, first // 16) if first >= 5 * _MIN_GUARD else 0


def _first_current(series: TimeSeries, onset: float | None) -> int:
    if onset is None:
        return int(series.size * (1 - _CURRENT_SHARE))
    return int(np.searchsorted(series.times, onset))


def _without_traffic(
    series: TimeSeries, load: TimeSeries, onset: float | None, baseline: Floats, current: Floats
) -> tuple[Floats, Floats]:
    """Both windows without what the service's own traffic explains, where the samples can be aligned."""
    before, since = _windows(load, onset)
    if (before.size, since.size) != (baseline.size, current.size):
        if series.baseline.size or not load.size:
            return baseline, current
        aligned = np.interp(series.times, load.times, load.values)
        first = _first_current(series, onset)
        before, since = aligned[: first - _guard(first)], aligned[first:]
    return without_load((baseline, current), (before, since))
