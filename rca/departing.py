"""When: where flat lines become something else. Neighbouring means do not show few samples and ramps."""

from itertools import pairwise

import numpy as np

from rca.tables import Floats

_MOST = 96  # blocks of a track
_FEWEST = 4  # blocks on either side
_LEAST = 14.0  # log likelihood ratio, twice, from which one track counts; noise reaches ten


def departure(tracks: Floats, weights: Floats) -> tuple[int, float]:
    """The sample at which tracks, shape (k, n), leave a level together, and how clearly; (0, 0.0) for none.

    A level that becomes another one, or a straight line, is compared with a smooth curve of as many
    parameters: what a season explains as well is no departure.
    """
    size = tracks.shape[1]
    blocks = min(_MOST, size)
    if blocks < 4 * _FEWEST:
        return 0, 0.0
    edges = np.linspace(0, size, blocks + 1).astype(int)
    values = np.array([np.median(tracks[:, a:b], axis=1) for a, b in pairwise(edges)]).T
    values = values - values.mean(axis=1, keepdims=True)
    curves = np.polynomial.legendre.legvander(np.linspace(-1, 1, blocks), 3)
    fitted, *_ = np.linalg.lstsq(curves, values.T, rcond=None)
    smooth = ((values.T - curves @ fitted) ** 2).sum(axis=0)
    places = np.arange(_FEWEST, blocks - _FEWEST + 1)
    broken = _flat(values)[:, places] + _straight(values[:, ::-1])[:, blocks - places]
    least = 1e-9 + 1e-6 * (values**2).sum(axis=1)
    ratio = blocks * np.log((smooth + least)[:, None] / (np.maximum(broken, 0) + least[:, None]))
    total = weights @ np.maximum(ratio - _LEAST, 0.0)
    best = int(np.argmax(total))
    return int(edges[places[best]]), float(total[best])


def _flat(values: Floats) -> Floats:
    """Shape (k, n + 1): squares that a mean leaves of the first 0..n values."""
    count = np.maximum(np.arange(values.shape[1] + 1), 1)
    sums, squares = _sums(values), _sums(values**2)
    return squares - sums**2 / count


def _straight(values: Floats) -> Floats:
    """Shape (k, n + 1): squares that a straight line leaves of the first 0..n values."""
    size = values.shape[1]
    at = np.arange(size, dtype=np.float64)
    count = np.maximum(np.arange(size + 1), 1)
    means = np.concatenate([[0.0], np.cumsum(at)]) / count
    wide = np.concatenate([[0.0], np.cumsum(at**2)]) - count * means**2
    together = _sums(values * at) - means * _sums(values)
    return _flat(values) - np.where(wide > 0, together**2 / np.where(wide > 0, wide, 1.0), 0.0)


def _sums(values: Floats) -> Floats:
    return np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(values, axis=1)], axis=1)
