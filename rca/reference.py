"""What: how far a track is from normal operation, in the direction that is bad."""

from dataclasses import dataclass

import numpy as np

from rca.roles import SeriesRole
from rca.tables import Floats, Track

_FEWEST = 4  # normal samples without which nothing can be compared
_FEW_BLOCKS = 12  # so few blocks of now are compared with as many of before, at any time of it
_MOST_PER_BLOCK = 30
_TO_SIGMA = 1.4826
_UPPER = 1.645  # standard deviations from the middle to the 95th percentile
_MINUTE = 60.0  # seconds between samples
_LEAST = 0.02  # of its level that a value may wander without meaning anything


@dataclass(frozen=True)
class Shift:
    """Levels before and now in the track's unit, and the rise towards bad in spreads of normal (`z`)."""

    track: Track
    before: float
    after: float
    z: float
    samples: int = 0

    @property
    def rise(self) -> float:
        """How much worse it is now, in the track's unit; negative where it is better."""
        return (self.after - self.before) * self.track.sign

    @property
    def growth(self) -> float:
        """The rise over the level before; inf where that was zero."""
        return self.rise / abs(self.before) if self.before else (np.inf if self.rise > 0 else 0.0)


def shift(track: Track, normal: Floats, now: Floats) -> Shift | None:
    """Compares shape-(m,) normal with shape-(n,) present samples; None where there is too little of either.

    Neighbouring samples are put together in blocks, as many of them as are alike. The worse half of the
    blocks counts: an incident may fill only a part of the window. What that is in normal operation, over
    windows as long, says how unusual it is now.
    """
    if normal.size < _FEWEST or not now.size:
        return None
    averaged = track.role is SeriesRole.ERRORS
    per = int(np.clip(min(now.size, normal.size) // 8, 1, _MOST_PER_BLOCK))
    usual, present = (_blocks(track.sign * one, per, averaged=averaged) for one in (normal, now))
    if present.size <= _FEW_BLOCKS and usual.size >= 3 * present.size:
        windows = np.lib.stride_tricks.sliding_window_view(usual, present.size)
        known, found = _worse_half(windows), float(_worse_half(present[None, :])[0])
    else:
        middle = np.mean if averaged else np.median
        known, found = usual, float(middle(present))
    centre = float(np.median(known))
    spread = max(
        float(_TO_SIGMA * np.median(np.abs(known - centre))),
        float(np.quantile(known, 0.95) - centre) / _UPPER,
        0.0 if averaged else _LEAST * abs(float(np.median(usual))),
        1e-9 * max(1.0, abs(centre)),
    )
    z = (found - centre) / spread
    if averaged and _fine(track):
        z = min(z, _counted(track.sign * normal, track.sign * now))
    return Shift(track, track.sign * centre, track.sign * found, z, int(now.size))


def without_load(values: tuple[Floats, Floats], load: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """What is left of (normal, now) values once what follows from (normal, now) load is taken out.

    Arrays of one shape each, NaN where a sample is missing: a resource that follows the traffic is no news.
    """
    known = np.isfinite(values[0]) & np.isfinite(load[0])
    if known.sum() < 20 or np.ptp(load[0][known]) <= 0:  # noqa: PLR2004  a line through fewer points is noise
        return values
    slope = np.polyfit(load[0][known], values[0][known], 1)[0]
    if slope <= 0:
        return values
    usual = float(np.median(load[0][known]))
    filled = [np.where(np.isfinite(one), one, usual) for one in load]
    return values[0] - slope * (filled[0] - usual), values[1] - slope * (filled[1] - usual)


def _fine(track: Track) -> bool:
    """Whether a sample stands for few requests; one of several minutes is the mean of many."""
    return track.size > 1 and float(np.median(np.diff(track.times))) <= _MINUTE


def _counted(normal: Floats, now: Floats) -> float:
    """How unusual the number of failures is, in standard deviations; the smallest one seen is taken for one.

    A few failures after a quiet time are no incident: the next one was due at some time.
    """
    least = min(float(normal.min()), float(now.min()))
    before, since = float((normal - least).sum()), float((now - least).sum())
    failures = np.concatenate([normal, now]) - least
    failures = failures[failures > 1e-9 * max(1.0, abs(least))]
    if not failures.size:
        return np.inf
    one = float(failures.min())
    expected = (before / one + 1) * now.size / normal.size
    return (since / one - expected) / float(np.sqrt(expected + 1))


def _blocks(values: Floats, per: int, *, averaged: bool) -> Floats:
    """The newest whole blocks of `per` samples, each as its median or mean."""
    whole = values[values.size % per :].reshape(-1, per)
    blocks: Floats = whole.mean(axis=1) if averaged else np.median(whole, axis=1)
    return blocks


def _worse_half(windows: Floats) -> Floats:
    size = windows.shape[-1]
    half: Floats = np.sort(windows, axis=-1)[..., size // 2 :].mean(axis=-1)
    return half
