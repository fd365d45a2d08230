"""How likely each service is the origin: a conditional logit over the services of one incident.

The weights are in `rca/weights.json`. `bench/rca_fit.py` fits them, and calibrates the probabilities on
systems that were left out.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from rca.series import Floats
from rca.shifts import LEAST_STRENGTH

COMPARED = (
    "wait", "self_time", "own_errors", "cpu", "memory", "held", "usage", "saturation",
    "queue", "cache", "unusual", "amplified", "alerts", "traffic_lost",
)  # fmt: skip
"""Features that also count as a share of the highest value that a service of the incident has."""


_QUIET = 0.3  # log odds of a service that nothing speaks for
_MOST_QUIET = 20
"""Services that nothing speaks for in the systems of the fit: two hundred are not ten times as suspicious."""


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Any]:
    """The fitted numbers, with where they come from."""
    loaded: Mapping[str, Any] = json.loads(resources.files("rca").joinpath("weights.json").read_text())
    return loaded


def columns(features: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, ...], Floats]:
    """Names, shape (k,), and values, shape (services, k), of the features and the compared ones."""
    if not features:
        return (), np.zeros((0, 0))
    names = tuple(next(iter(features.values())))
    values = np.array([[row[name] for name in names] for row in features.values()]).reshape(-1, len(names))
    highest = values.max(axis=0, initial=LEAST_STRENGTH)
    places = [names.index(name) for name in COMPARED if name in names]
    shares = values[:, places] / highest[places]
    return (*names, *(f"{names[place]}_share" for place in places)), np.hstack([values, shares])


def contributions(features: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """What each feature adds to each service's log odds."""
    names, values = columns(features)
    fitted = weights()["origin"]["weights"]
    odds = values * np.array([fitted.get(name, 0.0) for name in names])
    return {
        service: {name: float(value) for name, value in zip(names, row, strict=True) if value}
        for service, row in zip(features, odds, strict=True)
    }


def origin_probabilities(features: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The probability of each service, likeliest first; they sum to 1."""
    if not features:
        return {}
    temperature = float(weights()["origin"]["temperature"])
    odds = np.array([sum(row.values()) for row in contributions(features).values()]) / temperature
    shares = np.exp(odds - odds.max())
    quiet = odds <= _QUIET
    if quiet.sum() > _MOST_QUIET:
        shares[quiet] *= _MOST_QUIET / quiet.sum()
    shares /= shares.sum()
    ranked = sorted(zip(features, shares.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return dict(ranked)
