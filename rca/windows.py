"""Which samples show normal operation, and which the incident."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rca.constants import CONSTANTS
from rca.onset import recovery_before
from rca.series import Floats, TimeSeries
from rca.signals import SYMPTOMS, Signal
from rca.spans import SPANS_PREFIX

_CURRENT_SHARE = 1 / 3  # of a recording without an onset
_MAX_Z = 30.0
NEAR = 0.6
"""Steps within which a sample is of a moment."""
_MAX_MOMENTS = 20_000  # distinct moments; more would be an absurd range of times
_COUNTED = frozenset({Signal.ERRORS, Signal.REFUSED, Signal.OWN_ERRORS, Signal.TRAFFIC})


@dataclass(frozen=True)
class SeriesWindows:
    """One series' samples: `reference` of normal operation, `incident` at `times` since the onset.

    `ended` are the seconds between its last sample and the newest one that it could have.
    """

    series: TimeSeries
    reference: Floats
    incident: Floats
    times: Floats
    ended: float


@dataclass(frozen=True)
class RecordingWindows:
    """The windows of all series. `start`, `end` in epoch seconds; `step` is the usual interval in seconds."""

    windows: tuple[SeriesWindows, ...]
    start: float
    end: float
    step: float
    onset: float | None
    bursts: Floats | None = None

    @property
    def began(self) -> float:
        """The onset, else the beginning of the latest part, which is compared then."""
        return self.end - _CURRENT_SHARE * (self.end - self.start) if self.onset is None else self.onset


def split(
    all_series: Sequence[TimeSeries],
    onset: float | None,
    until: float | None = None,
    bursts: Floats | None = None,
) -> RecordingWindows:
    """Splits each series at the onset (epoch seconds), or compares its latest third where there is none.

    Where the incident comes in `bursts` (epoch seconds), these moments are compared with all others.

    A recorded baseline is the reference where there is one, else what is between the end of an earlier
    trouble and the onset. A series of failures that begins late counted
    none before: monitoring writes a status only once it occurred. `until` is the end of the time that was
    asked about, epoch seconds.
    """
    used = [series for series in all_series if series.size]
    start = min((float(series.times[0]) for series in used), default=0.0)
    end = max((float(series.times[-1]) for series in used), default=0.0)
    end = max(end, until) if until is not None and np.isfinite(until) else end
    sampled = [series for series in used if series.size > 1]
    scraped = [series for series in sampled if not series.metric.startswith(SPANS_PREFIX)]
    steps = [series.step for series in scraped or sampled]
    step = float(np.median(steps)) if steps else max(end - start, 1.0)
    windows = tuple(
        _windows(series, onset, start, newest, step)
        for series, newest in zip(used, _newest(used, end, until, step), strict=True)
    )
    if bursts is not None:
        windows = tuple(_in_bursts(each, bursts, step) for each in windows)
    return RecordingWindows(windows, start, end, step, onset, bursts)


def _newest(used: Sequence[TimeSeries], end: float, until: float | None, step: float) -> list[float]:
    """The time up to which each series could have samples: its dashboard's newest one.

    Where all dashboards end before `until`, nothing is known of the rest of the time.
    """
    ends = [end if series.source_end is None else series.source_end for series in used]
    asked = end if until is None else until
    return [end] * len(used) if asked - max(ends, default=asked) > CONSTANTS.ended * step else ends


def _windows(
    series: TimeSeries,
    onset: float | None,
    start: float,
    end: float,
    step: float,
) -> SeriesWindows:
    times, values = series.times, series.values
    if series.baseline.size:
        return SeriesWindows(series, series.baseline, values, times, end - float(times[-1]))
    is_traced = series.metric.startswith(SPANS_PREFIX)  # a page has the latest traces only
    if series.signal in _COUNTED and not is_traced and float(times[0]) > start + CONSTANTS.late_start * step:
        count = min(int((float(times[0]) - start) / step), _MAX_MOMENTS)
        earlier = np.linspace(start, float(times[0]) - step, count)
        times, values = np.concatenate([earlier, times]), np.concatenate([np.zeros(earlier.size), values])
    first = int(values.size * (1 - _CURRENT_SHARE)) if onset is None else int(np.searchsorted(times, onset))
    guard = int(np.ceil(first * CONSTANTS.guard_share)) if first > 2 * CONSTANTS.shortest_reference else 0
    recovered = None if onset is None else recovery_before(series, onset)
    calm = 0 if recovered is None else int(np.searchsorted(times, recovered))
    if first - guard - calm < CONSTANTS.shortest_calm:
        calm = 0
    return SeriesWindows(
        series, values[calm : first - guard], values[first:], times[first:], end - float(times[-1])
    )


def _in_bursts(windows: SeriesWindows, bursts: Floats, step: float) -> SeriesWindows:
    """The series' samples in the bursts, and as reference those that are more than a step away from them."""
    series = windows.series
    width = max(step, series.step if series.size > 1 else step)
    after = np.searchsorted(bursts, series.times)
    near = np.minimum(
        np.abs(series.times - bursts[np.maximum(after - 1, 0)]),
        np.abs(bursts[np.minimum(after, bursts.size - 1)] - series.times),
    )
    inside, outside = near <= NEAR * width, near > (1 + NEAR) * width
    reference = series.baseline if series.baseline.size else series.values[outside]
    return replace(windows, reference=reference, incident=series.values[inside], times=series.times[inside])


def complaint_times(recording: RecordingWindows, spreads: Sequence[float]) -> Floats:
    """The moments (epoch seconds, multiples of the step) in which the symptoms are worst.

    `spreads` are the usual deviations of the recording's series. Most series show an incident in a part of
    the window only, and a comparison of the whole window would miss it.
    """
    if recording.bursts is not None:
        return recording.bursts
    first = recording.start if recording.onset is None else recording.onset
    step = max(recording.step, (recording.end - first) / _MAX_MOMENTS)
    badness = np.zeros(int((recording.end - first) / step) + 2)
    for windows, spread in zip(recording.windows, spreads, strict=True):
        series = windows.series
        if series.signal not in SYMPTOMS or windows.reference.size < CONSTANTS.shortest_reference:
            continue
        usual = float(np.median(windows.reference))
        z = np.log1p(np.clip(series.sign * (windows.incident - usual) / spread, 0.0, _MAX_Z))
        places = np.clip(np.round((windows.times - first) / step).astype(int), 0, badness.size - 1)
        most = np.zeros(badness.size)
        np.maximum.at(most, places, z)
        badness += most
    if not badness.any():
        return np.array([])
    bad = np.flatnonzero(badness >= CONSTANTS.complaint_share * badness.max())
    return first + step * bad.astype(np.float64)
