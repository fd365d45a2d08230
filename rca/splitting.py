"""The two sides of a comparison: what is normal and what is now, for every track."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rca.reference import Shift, shift, without_load
from rca.roles import SeriesRole
from rca.tables import Floats, Track
from rca.timing import onset_of

_FEW = 16  # samples of an incident window in which no onset is looked for: all of it is the incident
_LAST = 1 / 3  # share of a window that counts as now where nothing turned
_INEXACT = 3  # samples


@dataclass(frozen=True)
class TrackComparison:
    """Every track that can be compared, and the onset (epoch seconds) that divided them, if one was found."""

    shifts: tuple[Shift, ...]
    onset: float | None


def compare(tracks: Sequence[Track], hint: float | None, known: float | None = None) -> TrackComparison:
    """Divides by the onset; what came before, or else the track's own normal operation, is normal.

    The onset is looked for unless it is `known`.
    """
    used = [one for one in tracks if one.role is not SeriesRole.OTHER and one.size]
    onset = onset_of(used, hint) if known is None else known
    traffic = {one.service: one for one in used if one.role is SeriesRole.TRAFFIC}
    shifts = []
    for track in used:
        normal, now = _sides(track, onset)
        load = traffic.get(track.service)
        if load is not None and track.role in {SeriesRole.SATURATION, SeriesRole.MEMORY}:
            normal, now = _relieved(track, load, onset, normal, now)
        found = shift(track, normal, now)
        if found is not None:
            shifts.append(found)
    return TrackComparison(tuple(shifts), onset)


def _sides(track: Track, onset: float | None) -> tuple[Floats, Floats]:
    first = _first(track, onset)
    if track.normal.size:
        # A short window is the incident as a whole: what led to it is part of it.
        return track.normal, track.values if track.size < _FEW or onset is None else track.values[first:]
    return track.values[: first - _guard(first)], track.values[first:]


def _guard(first: int) -> int:
    """How many samples just before the onset are left out of what is normal: it is found inexactly."""
    return max(_INEXACT, first // 16) if first >= 5 * _INEXACT else 0


def _first(track: Track, onset: float | None) -> int:
    """The first sample of now."""
    if onset is None:
        return int(track.size * (1 - _LAST))
    return int(np.searchsorted(track.times, onset))


def _relieved(
    track: Track, load: Track, onset: float | None, normal: Floats, now: Floats
) -> tuple[Floats, Floats]:
    """Both sides without what follows from the service's own traffic, where that was sampled alike."""
    before, since = _sides(load, onset)
    if (before.size, since.size) != (normal.size, now.size):
        if track.normal.size or not load.size:
            return normal, now
        alike = np.interp(track.times, load.times, load.values)
        first = _first(track, onset)
        before, since = alike[: first - _guard(first)], alike[first:]
    return without_load((normal, now), (before, since))
