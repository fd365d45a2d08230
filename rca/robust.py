"""Statistics that a few wild samples do not change."""

import numpy as np

from rca.series import Floats

SIGMA_PER_MAD = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation."""


def robust_sigma(values: Floats) -> float:
    """The standard deviation (from the median absolute deviation) of shape-(n,) values; 0.0 for none."""
    return float(SIGMA_PER_MAD * np.median(np.abs(values - np.median(values)))) if values.size else 0.0
