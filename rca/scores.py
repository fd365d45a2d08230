"""What: which tracks rose by more than noise, and by how much."""

from dataclasses import dataclass

import numpy as np

from rca.onset import Rise, ramp, spread, steadiness, step
from rca.roles import SeriesRole
from rca.tables import Floats, Track

ENOUGH = 10
"""Samples below which a track says nothing."""

FULL = 0.8
"""Share in use from which something is full: who wants some of it waits."""

_SHORTEST = 8  # samples a rise must last
_SIGMAS = 4.0
_OFTEN = 0.35  # share of the samples since the onset that show errors, so that single spikes are no incident
_STEADY = 0.7
_LATE = 10  # the newest samples: what is over by now is no anomaly


@dataclass(frozen=True)
class Anomaly:
    """A track that is worse since `onset`, and plainly so since `clear` (epoch seconds).

    Levels are in its unit, turned so that more is worse.

    `strength` is the rise over what is needed to count as one: 1 and more.
    `growth` is the rise to the newest level over the level before.
    """

    track: Track
    onset: float
    clear: float
    before: float
    after: float
    strength: float
    steadiness: float

    @property
    def rise(self) -> float:
        """The level since the onset minus the level before."""
        return self.after - self.before

    @property
    def full(self) -> bool:
        """Whether it is a share of something of which next to nothing is left."""
        return self.track.whole is not None and self.after >= FULL * self.track.whole

    @property
    def growth(self) -> float:
        """The rise relative to the level before; inf where that was zero."""
        return self.rise / self.before if self.before > 0 else float("inf")


def anomaly_of(track: Track) -> Anomaly | None:
    """The track's anomaly, or None where it is quiet, too short, or not known to be bad when it rises."""
    if track.size < ENOUGH or not np.isfinite(track.floor.absolute):
        return None
    rise = _rise(track)
    if rise is None:
        return None
    before, after = track.bad[rise.start : rise.onset], track.bad[rise.onset :]
    if after.size < _SHORTEST:
        return None
    was = level(before, track.role)
    now = _now(after, track.role)
    needed = threshold(track, before) * (1 + _SHORTEST / after.size)  # a short stretch needs more
    if now - was < needed or not _lasts(track, was, after):
        return None
    return Anomaly(
        track=track,
        onset=float(track.times[rise.onset]),
        clear=float(track.times[rise.clear]),
        before=was,
        after=now,
        strength=(now - was) / needed,
        steadiness=steadiness(after),
    )


def level(values: Floats, role: SeriesRole) -> float:
    """The level of shape-(n,) samples: their median; for errors the mean without the highest fifth.

    A service that fails a quarter of few requests has a median of zero.
    """
    if not values.size:
        return float("nan")
    if role is SeriesRole.ERRORS:
        return float(np.sort(values)[: max(1, values.size - -(-values.size // 5))].mean())
    return float(np.median(values))


def threshold(track: Track, before: Floats) -> float:
    """The least rise above the samples `before` that is not noise, in the track's unit."""
    usual = abs(level(before, track.role))
    noise = 0.0 if track.role is SeriesRole.ERRORS else _SIGMAS * spread(before)
    return max(track.floor.absolute, track.floor.relative * usual, noise)


def elevated_throughout(track: Track) -> bool:
    """Whether errors are high from the first to the last sample: an incident older than the window."""
    return (
        track.role is SeriesRole.ERRORS
        and track.size >= ENOUGH
        and anomaly_of(track) is None
        and level(track.bad, track.role) > 2 * track.floor.absolute
        and level(track.bad[-_LATE:], track.role) > 2 * track.floor.absolute
    )


def _rise(track: Track) -> Rise | None:
    if track.role is SeriesRole.MEMORY:
        return ramp(track.bad)
    return step(track.bad, track.floor.absolute / 2, averaged=track.role is SeriesRole.ERRORS)


def _now(after: Floats, role: SeriesRole) -> float:
    if role is SeriesRole.MEMORY:  # grows: its newest level counts
        return float(np.median(after[-5:]))
    return min(level(after, role), level(after[-_LATE:], role))


def _lasts(track: Track, was: float, after: Floats) -> bool:
    if track.role is SeriesRole.MEMORY:
        return steadiness(after) >= _STEADY
    above = after > was + track.floor.absolute / 2
    return float(above.mean()) >= (_OFTEN if track.role is SeriesRole.ERRORS else 0.5)
