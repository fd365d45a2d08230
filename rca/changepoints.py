"""The sample at which flat series become another level or a ramp, fitted by least squares.

It finds what the contrasts in `rca.onset` miss: changes with few samples, and slow ramps, whose
neighbouring means hardly differ.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rca.series import Floats

_MAX_BLOCKS = 96
_MIN_BLOCKS = 4  # on either side of the changepoint
_MIN_RATIO = 14.0  # twice the log likelihood ratio from which a series counts; noise reaches ten


def changepoint(rows: Floats, weights: Floats, either_way: NDArray[np.bool_]) -> tuple[int, float]:
    """The sample at which series leave a level together, and twice its log likelihood ratio.

    `rows` has shape (k, n), `weights` and `either_way` (k,): where that is False, only a rise is a
    changepoint. The answer is (0, 0.0) where there is no changepoint. A level
    that becomes another level, or a straight line, is compared with a smooth curve of as many parameters:
    what a season explains as well is no changepoint.
    """
    size = rows.shape[1]
    blocks = min(_MAX_BLOCKS, size)
    if blocks < 4 * _MIN_BLOCKS:
        return 0, 0.0
    edges = np.linspace(0, size, blocks + 1).astype(int)
    values = np.array([np.median(rows[:, a:b], axis=1) for a, b in pairwise(edges)]).T
    values = values - values.mean(axis=1, keepdims=True)
    curves = np.polynomial.legendre.legvander(np.linspace(-1, 1, blocks), 3)
    fitted, *_ = np.linalg.lstsq(curves, values.T, rcond=None)
    smooth = ((values.T - curves @ fitted) ** 2).sum(axis=0)
    places = np.arange(_MIN_BLOCKS, blocks - _MIN_BLOCKS + 1)
    broken = _level_residuals(values)[:, places] + _line_residuals(values[:, ::-1])[:, blocks - places]
    least = 1e-9 + 1e-6 * (values**2).sum(axis=1)
    ratio = blocks * np.log((smooth + least)[:, None] / (np.maximum(broken, 0) + least[:, None]))
    counted = np.maximum(ratio - _MIN_RATIO, 0.0) * (either_way[:, None] | _rises(values, places))
    total = weights @ counted
    best = int(np.argmax(total))
    return int(edges[places[best]]), float(total[best])


def _rises(values: Floats, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Shape (k, places): whether the mean from each place on is higher than the mean before it."""
    sums = _running_sums(values)
    before = sums[:, places] / places
    rises: NDArray[np.bool_] = (sums[:, -1:] - sums[:, places]) / (values.shape[1] - places) > before
    return rises


def _level_residuals(values: Floats) -> Floats:
    """Shape (k, n + 1): squared residuals of the first 0..n values around their mean."""
    count = np.maximum(np.arange(values.shape[1] + 1), 1)
    sums, squares = _running_sums(values), _running_sums(values**2)
    return squares - sums**2 / count


def _line_residuals(values: Floats) -> Floats:
    """Shape (k, n + 1): squared residuals of the first 0..n values around their best straight line."""
    size = values.shape[1]
    at = np.arange(size, dtype=np.float64)
    count = np.maximum(np.arange(size + 1), 1)
    means = np.concatenate([[0.0], np.cumsum(at)]) / count
    variation = np.concatenate([[0.0], np.cumsum(at**2)]) - count * means**2
    covariation = _running_sums(values * at) - means * _running_sums(values)
    explained = np.where(variation > 0, covariation**2 / np.where(variation > 0, variation, 1.0), 0.0)
    return _level_residuals(values) - explained


def _running_sums(values: Floats) -> Floats:
    return np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(values, axis=1)], axis=1)
