"""How often rankings are right, and how well stated confidences match that."""

from collections.abc import Sequence

import numpy as np

_BINS = 10


def calibration_error(stated: np.ndarray, right: np.ndarray) -> float:
    """The mean distance of stated confidences, shape (n,), from the share that was right, by bins."""
    bins = np.minimum((stated * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(stated[bins == place].mean() - right[bins == place].mean()) * (bins == place).mean()
        for place in np.unique(bins)
    ]
    return round(float(sum(gaps)), 3)


def share(hits: Sequence[float]) -> float:
    """The mean, three digits; 0.0 for none."""
    return round(float(np.mean(hits)), 3) if hits else 0.0
