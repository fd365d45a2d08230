"""When: the moment at which most tracks turn together, from all of them at once."""

from collections.abc import Sequence

import numpy as np

from rca.departing import departure
from rca.roles import SeriesRole
from rca.tables import Floats, Track

_WEIGHTS = {
    SeriesRole.LATENCY: 1.0,
    SeriesRole.OWN: 1.0,
    SeriesRole.ERRORS: 1.0,
    SeriesRole.MEMORY: 0.5,
    SeriesRole.SATURATION: 0.5,
    SeriesRole.TRAFFIC: 0.5,
}
_FEWEST = 16  # samples in which a turn can be seen
_WITHIN = 0.3  # of a track's robust spread: its noise is not less
_CLIP = 8.0  # spreads beyond which a value says no more
_QUIET = 3.14  # a normal distribution's deviation over the lower quarter of its absolute values
_PLAIN = 5.0  # contrasts, in spreads of the usual contrast, from which they count
_ENOUGH = 3.0
_RAMP = 1 / 32  # of a recording; shorter ones are sharp turns
_CLEARLY = 10.0  # twice a log likelihood ratio
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
    sampled = [
        (_WEIGHTS[one.role], *_scaled(np.interp(times, one.times, one.values)))
        for one in tracks
        if one.size >= _FEWEST and one.role in _WEIGHTS
    ]
    contrasts = [weight * _contrast(sums) for weight, sums, _ in sampled]
    total = sum(contrasts, np.zeros(times.size + 1))[:-1]
    if hint is not None:
        total[(times < hint - _EARLIER) | (times > hint + _LATER)] = 0.0
    best = int(np.argmax(total))
    departed = _departed(tracks, times) if hint is None else None
    if total[best] < _ENOUGH:
        return departed if hint is None else hint
    turning = [track for track, one in zip(sampled, contrasts, strict=True) if one[best] > 0]
    turned = float(times[_sharpened(best, turning, times, hint)])
    # A ramp turns most in its middle; where both mean the same moment the sharper one is right.
    slow = departed is not None and turned - departed > _RAMP * float(times[-1] - times[0])
    return departed if slow else turned


def earlier(own: Sequence[Track], onset: float) -> float | None:
    """When what is unusual of one service began, where that is clearly before the onset; else None.

    What runs out does so before anybody waits for it, and fewer tracks show it.
    """
    found = [onset]
    for one in own:
        departed = _departed([one], one.times) if one.size >= _FEWEST else None
        if departed is not None and onset - departed > _RAMP * float(one.times[-1] - one.times[0]):
            found.append(departed)
    return min(found) if len(found) > 1 else None


def _departed(tracks: Sequence[Track], times: Floats) -> float | None:
    """Where flat lines become something else: few samples, and ramps, do not differ from their neighbours."""
    rows: list[Floats] = []
    weights: list[float] = []
    for one in tracks:
        if one.size >= _FEWEST and one.role in _WEIGHTS:
            values = np.interp(times, one.times, one.values)
            # What grows in proportion is straight in its logarithm; noise may grow with the level as well.
            forms = [values, np.log(values)] if values.min() > 0 else [values]
            rows += forms
            weights += [_WEIGHTS[one.role] / len(forms)] * len(forms)
    if not rows:
        return None
    place, clear = departure(np.array(rows), np.array(weights))
    return float(times[place]) if clear >= _CLEARLY else None


def _sharpened(
    best: int, turning: Sequence[tuple[float, Floats, Floats]], times: Floats, hint: float | None
) -> int:
    """The sample near `best` from which on the turning tracks are best told as two levels."""
    size = times.size
    reach = max(3, size // 4)  # the longest of the lengths that were compared
    first, last = max(2, best - reach), min(size - 2, best + reach)
    start, end = max(0, first - reach), min(size, last + reach)
    at = np.arange(first, last + 1)
    gains = np.zeros(at.size)
    for weight, sums, squares in turning:
        whole = squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start)
        split = (
            squares[end]
            - squares[start]
            - (sums[at] - sums[start]) ** 2 / (at - start)
            - (sums[end] - sums[at]) ** 2 / (end - at)
        )
        least = 1e-3 * (end - start)
        gains += weight * (end - start) * np.log((whole + least) / (np.maximum(split, 0) + least))
    if hint is not None:
        gains[(times[at] < hint - _EARLIER) | (times[at] > hint + _LATER)] = -1.0
    return int(at[np.argmax(gains)])


def _common(tracks: Sequence[Track]) -> Floats:
    """The times of the longest track."""
    longest = max(tracks, key=lambda one: one.size, default=None)
    return np.array([]) if longest is None else longest.times


def _scaled(values: Floats) -> tuple[Floats, Floats]:
    """Sums from the start, shape (n + 1,), of the values in spreads around their middle, and of squares."""
    middle = float(np.median(values))
    wide = float(1.4826 * np.median(np.abs(values - middle)))
    steps = float(np.median(np.abs(np.diff(values)))) if values.size > 1 else 0.0
    # A turn in the middle of a recording widens its spread, not what neighbours differ by.
    spread = max(1.05 * steps, _WITHIN * wide) or float(values.std())
    if spread <= 0:
        return np.zeros(values.size + 1), np.zeros(values.size + 1)
    scaled = np.clip((values - middle) / spread, -_CLIP, _CLIP)
    return np.concatenate([[0.0], np.cumsum(scaled)]), np.concatenate([[0.0], np.cumsum(scaled**2)])


def _contrast(sums: Floats) -> Floats:
    """Shape (n + 1,): how much the means before and after each sample differ beyond what is usual."""
    size = sums.size - 1
    best = np.zeros(size + 1)
    if not sums.any():
        return best
    for width in sorted({max(3, size // parts) for parts in (40, 16, 8, 4)}):
        if size < 2 * width + 4:
            continue
        at = np.arange(width, size - width + 1)
        differences = (sums[at + width] - 2 * sums[at] + sums[at - width]) / width
        usual = _QUIET * np.quantile(np.abs(differences), 0.25) + 0.5 / np.sqrt(width)
        best[at] = np.maximum(best[at], np.abs(differences) / usual)
    return np.clip(best - _PLAIN, 0.0, 10.0)
