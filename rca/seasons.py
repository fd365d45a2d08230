"""What comes back every day or week, taken out: an ordinary peak is no incident, one at a wrong hour is."""

from dataclasses import replace

import numpy as np

from rca.onset import spread
from rca.tables import Floats, Track

_DAY, _WEEK = 86_400.0, 604_800.0  # seconds
_PARTS = {_DAY: 48, _WEEK: 168}
_FEWEST = {True: 2, False: 3}
"""Whole periods that must be known: of normal operation; of a recording one may be the incident."""
_FEWEST_SAMPLES = 24
_COARSEST = 12  # parts of a period
_SPARSE = 4.0  # parts per sample beyond which most are gaps
_LEFT = 0.7  # of its spread that a track may keep, or it has no season


def without_season(track: Track) -> Track:
    """The track where its history shows a daily or weekly season: as if it were always the hour of its end.

    The history is normal operation where its times are known, else the recording. Each period is told by the
    others, so that what happened once is no season. The levels are those of the end, so that what is cited
    is what was seen.
    """
    apart = track.normal_times.size > 0
    if not track.size or (track.normal.size and not apart):
        return track
    times, values = (track.normal_times, track.normal) if apart else (track.times, track.values)
    for period in (_WEEK, _DAY):  # a week tells its days as well
        expected = _season(times, values, period, _FEWEST[apart])
        if expected is None:
            continue
        level = _at(expected, track.times[-1:], period)
        normal = track.normal - _at(expected, times, period) + level if apart else track.normal
        return replace(track, values=track.values - _at(expected, track.times, period) + level, normal=normal)
    return track


def _season(times: Floats, values: Floats, period: float, fewest: int) -> Floats | None:
    """Shape (parts,): the usual value in each part of the period; None where no season is shown."""
    if times.size < _FEWEST_SAMPLES:
        return None
    parts = int(min(_PARTS[period], period / np.median(np.diff(times))))
    periods = (times[-1] - times[0]) / period
    if parts < _COARSEST or periods < fewest - 0.5 or periods * parts > _SPARSE * times.size:
        return None
    part, which = _part(times, period, parts), ((times - times[0]) // period).astype(int)
    cells, shape = which * parts + part, (int(which.max()) + 1, parts)
    count = np.bincount(cells, minlength=shape[0] * parts)
    sums = np.bincount(cells, weights=values, minlength=shape[0] * parts)
    table = np.where(count, sums / np.maximum(count, 1), np.nan).reshape(shape)
    known = np.isfinite(table).sum(axis=0)
    if known.min() < fewest - 1:
        return None
    left = np.concatenate([_left(table, number, values, part, which) for number in range(table.shape[0])])
    if left.size < values.size / 2 or spread(left) > _LEFT * spread(values):
        return None
    expected: Floats = np.nanmedian(table, axis=0)
    return expected


def _left(table: Floats, number: int, values: Floats, part: Floats, which: Floats) -> Floats:
    """What the other periods do not tell of this one's values."""
    mine, others = which == number, np.delete(table, number, axis=0)
    told = np.isfinite(others).any(axis=0)
    usual = np.full(table.shape[1], np.nan)
    usual[told] = np.nanmedian(others[:, told], axis=0)
    left: Floats = values[mine] - usual[part[mine]]
    return left[np.isfinite(left)]


def _part(times: Floats, period: float, parts: int) -> Floats:
    return ((times % period) / period * parts).astype(int) % parts


def _at(expected: Floats, times: Floats, period: float) -> Floats:
    """What is usual at these times, straight between the middles of the parts."""
    middles = (np.arange(expected.size) + 0.5) / expected.size * period
    usual: Floats = np.interp(times % period, middles, expected, period=period)
    return usual
