"""When: the moment at which each track can be seen to be worse, for the timeline."""

import numpy as np

from rca.reference import Shift

_HALF = 0.5
_EARLY = 16  # samples before the common onset at which a track may already be worse
_LASTING = 3  # samples of which most are


def visible(one: Shift, onset: float | None) -> float:
    """Epoch seconds from which it is more than half of its way to what it is now; else the onset."""
    track = one.track
    start = 0 if onset is None else max(0, int(np.searchsorted(track.times, onset)) - _EARLY)
    worse = (track.bad[start:] - track.sign * one.before) > _HALF * one.rise
    if worse.size >= _LASTING:
        windows = np.lib.stride_tricks.sliding_window_view(worse, _LASTING)
        lasting = np.flatnonzero(worse[: windows.shape[0]] & (windows.sum(axis=1) > _LASTING // 2))
        if lasting.size:
            return float(track.times[start + int(lasting[0])])
    return float(track.times[0]) if onset is None else onset
