"""When: the moment at which most tracks turn together, from all of them at once."""

from collections.abc import Sequence

import numpy as np

from rca.roles import Role
from rca.tables import Floats, Track

_WEIGHTS = {
    Role.LATENCY: 1.0,
    Role.OWN: 1.0,
    Role.ERRORS: 1.0,
    Role.MEMORY: 0.5,
    Role.SATURATION: 0.5,
    Role.TRAFFIC: 0.5,
}
_FEWEST = 16  # samples in which a turn can be seen
_CLIP = 8.0  # spreads beyond which a value says no more
_PLAIN = 5.0  # contrasts, in spreads of the usual contrast, from which they count
_ENOUGH = 3.0
_EARLIER, _LATER = 180.0, 30.0  # seconds around a given onset in which the true one is looked for


def onset_of(tracks: Sequence[Track], hint: float | None) -> float | None:
    """The onset in epoch seconds, near a `hint` within the recording; None where nothing turns.

    Each track's means before and after are compared at every moment, over several lengths, and measured by
    how they usually differ in this very track: a season moves slowly, so it hides nothing and is no turn.
    """
    times = _common(tracks)
    if hint is not None and not (times.size and times[0] <= hint <= times[-1]):
        hint = None
    if times.size < _FEWEST:
        return hint
    total = np.zeros(times.size + 1)
    for track in tracks:
        if track.size >= _FEWEST and track.role in _WEIGHTS:
            total += _WEIGHTS[track.role] * _contrast(np.interp(times, track.times, track.values))
    total = total[:-1]
    if hint is not None:
        total[(times < hint - _EARLIER) | (times > hint + _LATER)] = 0.0
    best = int(np.argmax(total))
    return float(times[best]) if total[best] >= _ENOUGH else hint


def _common(tracks: Sequence[Track]) -> Floats:
    """The times of the longest track."""
    longest = max(tracks, key=lambda one: one.size, default=None)
    return np.array([]) if longest is None else longest.times


def _contrast(values: Floats) -> Floats:
    """Shape (n + 1,): how much the means before and after each sample differ beyond what is usual."""
    size = values.size
    middle = float(np.median(values))
    spread = float(1.4826 * np.median(np.abs(values - middle))) or float(values.std())
    best = np.zeros(size + 1)
    if spread <= 0:
        return best
    sums = np.concatenate([[0.0], np.cumsum(np.clip((values - middle) / spread, -_CLIP, _CLIP))])
    for width in sorted({max(3, size // parts) for parts in (40, 16, 8)}):
        if size < 2 * width + 4:
            continue
        at = np.arange(width, size - width + 1)
        differences = (sums[at + width] - 2 * sums[at] + sums[at - width]) / width
        usual = 1.4826 * np.median(np.abs(differences - np.median(differences))) + 0.5 / np.sqrt(width)
        best[at] = np.maximum(best[at], np.abs(differences) / usual)
    return np.clip(best - _PLAIN, 0.0, 10.0)
