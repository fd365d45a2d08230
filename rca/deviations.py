"""How far a series is from its baseline, in the direction that is bad."""

from dataclasses import dataclass

import numpy as np

from rca.roles import SeriesRole
from rca.series import Floats, TimeSeries

_MIN_BASELINE = 4  # samples
_FEW_BLOCKS = 12  # this few current blocks are compared with windows of as many baseline blocks
_MAX_PER_BLOCK = 30  # samples
_SIGMA_PER_MAD = 1.4826
_Z_95 = 1.645  # standard deviations from the centre to the 95th percentile
_MINUTE = 60.0  # seconds
_MIN_RELATIVE_NOISE = 0.02  # of its level that a value may vary without meaning anything
_MIN_REGRESSION = 20  # samples; a line through fewer is noise


@dataclass(frozen=True)
class Deviation:
    """Levels before and after in the series' unit, and the z-score of the rise in the bad direction.

    `samples` is the number of current samples.
    """

    series: TimeSeries
    before: float
    after: float
    z: float
    samples: int = 0

    @property
    def rise(self) -> float:
        """How much worse the series is now, in its unit; negative where it is better."""
        return (self.after - self.before) * self.series.sign

    @property
    def growth(self) -> float:
        """The rise over the level before; inf where that was zero."""
        return self.rise / abs(self.before) if self.before else (np.inf if self.rise > 0 else 0.0)


def deviation_of(series: TimeSeries, baseline: Floats, current: Floats) -> Deviation | None:
    """Compares shape-(m,) baseline with shape-(n,) current samples; None where either has too few.

    Neighbouring samples are averaged in blocks. The worse half of the blocks counts, because an incident may
    fill only a part of the window. The same statistic over baseline windows of the same length tells how
    unusual it is.
    """
    if baseline.size < _MIN_BASELINE or not current.size:
        return None
    use_means = series.role is SeriesRole.ERRORS
    per_block = int(np.clip(min(current.size, baseline.size) // 8, 1, _MAX_PER_BLOCK))
    usual, present = (
        _blocks(series.sign * samples, per_block, use_means=use_means) for samples in (baseline, current)
    )
    if present.size <= _FEW_BLOCKS and usual.size >= 3 * present.size:
        windows = np.lib.stride_tricks.sliding_window_view(usual, present.size)
        reference, level = _worse_half(windows), float(_worse_half(present[None, :])[0])
    else:
        average = np.mean if use_means else np.median
        reference, level = usual, float(average(present))
    centre = float(np.median(reference))
    noise = max(
        float(_SIGMA_PER_MAD * np.median(np.abs(reference - centre))),
        float(np.quantile(reference, 0.95) - centre) / _Z_95,
        0.0 if use_means else _MIN_RELATIVE_NOISE * abs(float(np.median(usual))),
        1e-9 * max(1.0, abs(centre)),
    )
    z = (level - centre) / noise
    if use_means and _counts_requests(series):
        z = min(z, _count_z(series.sign * baseline, series.sign * current))
    return Deviation(series, series.sign * centre, series.sign * level, z, int(current.size))


def without_load(values: tuple[Floats, Floats], load: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """(baseline, current) values without their linear dependence on (baseline, current) load.

    The arrays of a side have one shape, NaN where a sample is missing. A resource that only follows the
    traffic does not deviate.
    """
    both = np.isfinite(values[0]) & np.isfinite(load[0])
    if both.sum() < _MIN_REGRESSION or np.ptp(load[0][both]) <= 0:
        return values
    slope = np.polyfit(load[0][both], values[0][both], 1)[0]
    if slope <= 0:
        return values
    usual = float(np.median(load[0][both]))
    filled = [np.where(np.isfinite(samples), samples, usual) for samples in load]
    return values[0] - slope * (filled[0] - usual), values[1] - slope * (filled[1] - usual)


def _counts_requests(series: TimeSeries) -> bool:
    """Whether a sample covers few requests; a sample of several minutes is the mean of many."""
    return series.size > 1 and series.step <= _MINUTE


def _count_z(baseline: Floats, current: Floats) -> float:
    """The z-score of the number of failures; the smallest failure share stands for one failure.

    A few failures after a quiet time are no incident: the next one was due at some time.
    """
    least = min(float(baseline.min()), float(current.min()))
    before, since = float((baseline - least).sum()), float((current - least).sum())
    failures = np.concatenate([baseline, current]) - least
    failures = failures[failures > 1e-9 * max(1.0, abs(least))]
    if not failures.size:
        return np.inf
    single = float(failures.min())
    expected = (before / single + 1) * current.size / baseline.size
    return (since / single - expected) / float(np.sqrt(expected + 1))


def _blocks(values: Floats, per_block: int, *, use_means: bool) -> Floats:
    """The newest whole blocks, each as its median or mean."""
    whole = values[values.size % per_block :].reshape(-1, per_block)
    blocks: Floats = whole.mean(axis=1) if use_means else np.median(whole, axis=1)
    return blocks


def _worse_half(windows: Floats) -> Floats:
    size = windows.shape[-1]
    half: Floats = np.sort(windows, axis=-1)[..., size // 2 :].mean(axis=-1)
    return half
