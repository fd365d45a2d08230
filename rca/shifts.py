"""How far a series has moved from normal operation, in the direction that is bad."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rca.constants import CONSTANTS
from rca.robust import robust_sigma
from rca.series import Floats, TimeSeries
from rca.signals import Signal
from rca.smallest_rise import smallest_rise
from rca.units import base_factor
from rca.windows import NEAR, RecordingWindows, SeriesWindows, complaint_times

_Z_95 = 1.645  # standard deviations from the centre to the 95th percentile
_FEW = 6.0  # samples from which a level counts in full
_HIGHEST_Z = 1e4
_FLOORS = {
    Signal.LATENCY: 0.05,
    Signal.WAIT: 0.05,
    Signal.SELF_TIME: 0.05,
    Signal.TRAFFIC: 0.05,
    Signal.MEMORY: 0.01,
}
_OTHER_FLOOR = 0.02
_RATES = frozenset({Signal.ERRORS, Signal.REFUSED, Signal.OWN_ERRORS})
_EVENTS = _RATES | {Signal.RESTARTS}
"""What happens now and then: its median is zero long before it is nothing."""
_OUTERMOST = 0.1, 0.9
_LEAST_SHARE = 1e-6
_MOST_TRIALS = 1000.0  # requests that a sample without known traffic is taken to cover
LEAST_STRENGTH = float(np.log1p(CONSTANTS.clear / 3))
"""Of a shift that chance does not explain: smaller ones are compared with it, not with one another."""
_LEFT = 0.5  # share of a shift that may be left where it is over
_NEWEST = 6  # samples that tell whether a shift is over
_LASTING_SHARE = 0.3  # of the highest z-score from which a sample belongs to the shift


def strength_of(z: float, size: float) -> float:
    """A rise of `z` usual deviations and `size` smallest rises on a logarithmic scale, 0 to 4."""
    return float(min(np.log1p(max(z, 0.0) / 3), 4.0) * min(max(size, 0.0), 1.0))


@dataclass(frozen=True)
class LevelShift:
    """One series before and in the incident, in its own unit.

    `rise` is positive where it became worse, in base units (seconds, shares of 1, bytes). `z` is the rise in
    usual deviations, and `size` in the smallest rises that matter to people. `growth` is the natural
    logarithm of after over before. `since` is the first bad sample, epoch seconds. `samples` are those that
    were compared. `ended` is whether the series ended before the recording did. `at_end` is the level of the
    newest samples where they come after all that were compared, else NaN.
    """

    series: TimeSeries
    before: float
    after: float
    rise: float
    z: float
    size: float
    growth: float
    since: float | None
    samples: int
    ended: bool
    at_end: float = float("nan")

    @property
    def clear(self) -> bool:
        """Whether chance does not explain the shift, and people would care."""
        return self.z >= CONSTANTS.clear and self.size >= 1

    @property
    def strength(self) -> float:
        """The shift on a logarithmic scale, 0 to about 4; small for a change that does not matter."""
        return strength_of(self.z, self.size)

    @property
    def recovered(self) -> bool:
        """Whether what is left of a clear shift at the end is less than people care about."""
        left = (self.at_end - self.before) / (self.after - self.before) if self.after != self.before else 1.0
        return self.clear and not self.ended and left < _LEFT and left * self.size < 1

    @property
    def fall(self) -> float:
        """The strength of the opposite shift."""
        return strength_of(-self.z, -self.size)

    @property
    def strangeness(self) -> float:
        """The strength in either direction."""
        return strength_of(abs(self.z), abs(self.size))


def shifts_of(
    recording: RecordingWindows, traffic: Mapping[str, float]
) -> tuple[tuple[LevelShift, ...], Floats]:
    """The shifts of all series, and the moments that were compared (epoch seconds).

    `traffic` are requests per second by service, for counts of failures.
    """
    spreads = [_spread(windows) for windows in recording.windows]
    moments = complaint_times(recording, spreads)
    shifts = tuple(
        _shift(windows, spread, moments, recording, traffic.get(windows.series.service, 0.0))
        for windows, spread in zip(recording.windows, spreads, strict=True)
    )
    return shifts, moments


def _shift(
    windows: SeriesWindows, spread: float, moments: Floats, recording: RecordingWindows, traffic: float
) -> LevelShift:
    series = windows.series
    # What is seldom called is seldom measured: its own interval counts where it is longer.
    usual_step = max(recording.step, series.step if series.size > 1 else 0.0)
    ended = windows.ended > CONSTANTS.ended * usual_step and series.size >= CONSTANTS.shortest_reference
    incident = _at(windows, moments, recording.step)
    before, after = (_level(values, series.signal) for values in (windows.reference, incident))
    if windows.reference.size < CONSTANTS.shortest_reference or not incident.size:
        return LevelShift(series, before, after, 0.0, 0.0, 0.0, 0.0, None, int(incident.size), ended)
    bad = series.sign * (windows.incident - before)
    rise = series.sign * (after - before)
    z = rise / spread * min(1.0, float(np.sqrt(incident.size / _FEW)))
    most = CONSTANTS.z_per_sample * incident.size
    z = float(np.clip(z, -most, most))
    if series.signal in _RATES:
        z = min(z, failure_z(windows, incident, traffic))
    factor = base_factor(series)
    size = rise * factor / smallest_rise(series, before * factor, traffic)
    lasting = np.flatnonzero(bad > max(CONSTANTS.clear * spread, _LASTING_SHARE * float(bad.max())))
    return LevelShift(
        series=series,
        before=before,
        after=after,
        rise=rise * factor,
        z=float(np.clip(z, -_HIGHEST_Z, _HIGHEST_Z)),
        size=float(np.clip(size, -_HIGHEST_Z, _HIGHEST_Z)),
        growth=_growth(before, after),
        since=float(windows.times[lasting[0]]) if lasting.size else None,
        samples=int(incident.size),
        ended=ended,
        at_end=_level(_newest(windows, moments), series.signal),
    )


def _newest(windows: SeriesWindows, moments: Floats) -> Floats:
    """The newest samples, if all of them come after the compared moments."""
    newest = windows.incident[-_NEWEST:]
    calm = (
        moments.size
        and newest.size == _NEWEST
        and windows.times[-_NEWEST] > moments[-1] + windows.series.step
    )
    return newest if calm else newest[:0]


def failure_z(windows: SeriesWindows, incident: Floats, traffic: float) -> float:
    """How unlikely so many failures are by chance: a few among few requests are no incident.

    `traffic` are the service's requests per second, 0.0 where they are not known; then the smallest share
    that was seen stands for one failed request.
    """
    series = windows.series
    factor = base_factor(series)
    before, after = windows.reference * factor, incident * factor
    if series.is_share and series.sign < 0:
        before, after = 1 - before, 1 - after
    step = series.step if series.size > 1 else 1.0
    if not series.is_share:
        trials = step  # failures a second: their number is Poisson's
    elif traffic > 0:
        trials = max(traffic * step, 1.0)
    else:
        single = np.concatenate([before, after])
        single = single[single > _LEAST_SHARE]
        trials = float(np.clip(1 / single.min(), 1.0, _MOST_TRIALS)) if single.size else _MOST_TRIALS
    usual, now = max(float(before.mean()), 0.0), max(float(after.mean()), 0.0)
    pooled = (usual * before.size + now * after.size) / (before.size + after.size)
    variance = pooled * ((1 - min(pooled, 1.0)) if series.is_share else 1.0)
    failures = (now - usual) * trials * after.size
    deviation = np.sqrt(variance / trials * (1 / before.size + 1 / after.size))
    z = float((now - usual) / deviation) if deviation > 0 else (_HIGHEST_Z if now > usual else 0.0)
    return min(z, CONSTANTS.z_per_failure * max(failures, 0.0))


def _at(windows: SeriesWindows, moments: Floats, step: float) -> Floats:
    """The incident's samples at the compared moments; all of them where there is none."""
    if not moments.size or not windows.times.size:
        return windows.incident
    places = (
        np.clip(np.searchsorted(moments, windows.times), 1, moments.size - 1) if moments.size > 1 else None
    )
    if places is None:
        near = np.abs(windows.times - moments[0]) <= step
    else:
        near = np.minimum(
            np.abs(windows.times - moments[places - 1]), np.abs(moments[places] - windows.times)
        ) <= NEAR * max(step, windows.series.step if windows.series.size > 1 else step)
    return windows.incident[near] if near.any() else windows.incident


def _level(values: Floats, signal: Signal) -> float:
    """The median; of failures and restarts the mean, which few of them among many samples need.

    Samples of traces are of few requests each, so that a third of slow ones hides in their median: for them
    it is the mean with the outermost tenths cut to the others.
    """
    if not values.size:
        return float("nan")
    if signal is Signal.SELF_TIME:
        return float(np.mean(np.clip(values, *np.quantile(values, _OUTERMOST))))
    return float(np.mean(values) if signal in _EVENTS else np.median(values))


def _spread(windows: SeriesWindows) -> float:
    """The usual deviation of the reference, robust, at least a small part of its level."""
    values, signal = windows.reference, windows.series.signal
    if not values.size:
        return 1.0
    centre = float(np.median(values))
    low, high = np.quantile(values, [0.05, 0.95])
    least = _FLOORS.get(signal, _OTHER_FLOOR) * abs(centre)
    if signal in _RATES:
        least = 0.002 / base_factor(windows.series) if windows.series.is_share else 0.002
    return max(
        robust_sigma(values),
        float(high - centre) / _Z_95,
        float(centre - low) / _Z_95,
        least,
        1e-9 * max(1.0, abs(centre)),
    )


def _growth(before: float, after: float) -> float:
    if before <= 0 or after <= 0:
        return 5.0 if after > before else 0.0
    return float(np.clip(np.log(after / before), -5.0, 5.0))


def best(shifts: Sequence[LevelShift]) -> LevelShift | None:
    """The strongest shift, None of none."""
    return max(shifts, key=lambda shift: (shift.strength, shift.z), default=None)
