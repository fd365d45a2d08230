"""Fits the engine's weights: a conditional logit over services, and a logistic curve for "is there one"."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize

from bench._incident_sets import KnownIncident
from rca.analysis import Analysis
from rca.ranking import columns
from rca.series import Floats

_STRENGTHS = 2.0
"""Strengths go from 0 to 4, shares from 0 to 1: both count alike in the penalty."""
_SHARES = ("_share", "_alone", "_deep", "_own", "_blamed", "_blamed_unseen")
_FLAGS = frozenset(
    {"gone", "down", "unscraped", "backend", "restarts", "full", "silent", "reported", "unreached", "change"}
    | {"unmeasured", "logs", "named_in_logs", "unresolved", "logs_naming_others", "affected_callers"}
    | {"alerts", "serious_alerts", "first_alert", "reason", "reason_below"}
)
_EXPECTED = {
    "gone": 3.0, "down": 2.5, "unscraped": 0.5, "restarts": 3.0, "full": 1.0, "queue": 1.5,
    "cache": 1.0, "logs": 0.5, "named_in_logs": 0.5, "unresolved": 2.5,
    "first_alert": 0.5, "change": 1.0, "alerts": 0.5, "own_errors": 0.5, "self_time": 0.5, "amplified": 0.5,
    "reason": 2.0, "reason_below": -2.0,
}  # fmt: skip
"""Weights that operators would expect; those of features that no set has stay there."""
_EITHER_SIGN = frozenset(
    {"unmeasured", "backend", "reported", "logs_naming_others", "traffic_lost", "traffic_lost_share"}
)
_NEGATIVE = frozenset({"unreached", "reason_below"})
_PENALTY, _INCIDENT_PENALTY = 2.0, 1.0
_MOST_OF_A_SYSTEM = 60
"""Systems with more incidents weigh as much as one of so many."""
_MOST_OF_A_CLASS = 40
_EXPECTED_INCIDENT = {"lost": 1.0, "serious_alerts": 0.5, "error_logs": 0.5, "full": 0.5, "resource": 1.0}
_TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2.0)


@dataclass(frozen=True)
class Example:
    """One incident as numbers: `values` has shape (services, k), `right` (services,), `strength` (m,)."""

    incident: KnownIncident
    services: tuple[str, ...]
    names: tuple[str, ...]
    values: Floats
    right: np.ndarray
    strength_names: tuple[str, ...]
    strength: Floats


def example_of(incident: KnownIncident, analysis: Analysis) -> Example:
    """The features of an incident, by the engine's own analysis of it."""
    names, values = columns(analysis.features)
    strength = asdict(analysis.strength)
    return Example(
        incident=incident,
        services=tuple(analysis.features),
        names=names,
        values=values,
        right=np.array([name in incident.causes for name in analysis.features]),
        strength_names=tuple(strength),
        strength=np.array(list(strength.values())),
    )


def fit_origin(examples: Sequence[Example]) -> Floats:
    """Weights, shape (k,), of the incidents whose cause is among their services."""
    usable = [example for example in examples if example.right.any() and len(example.services) > 1]
    names = usable[0].names
    scale = np.array([_scale(name) for name in names])
    expected = np.array([_EXPECTED.get(name, 0.0) for name in names])
    sizes = Counter(example.incident.system for example in usable)

    def loss(weights: Floats) -> tuple[float, Floats]:
        distance = weights - expected
        value, gradient = _PENALTY * float(distance @ distance) / 2, _PENALTY * distance
        for example in usable:
            share = min(1.0, _MOST_OF_A_SYSTEM / sizes[example.incident.system])
            scaled = example.values / scale
            odds = np.exp((scores := scaled @ weights) - scores.max())
            odds /= odds.sum()
            right = float(odds[example.right].sum()) + 1e-12
            value -= share * float(np.log(right))
            gradient = gradient - share * (scaled.T @ (odds * example.right / right - odds))
        return value, gradient

    bounds = [
        (None, 0.0) if name in _NEGATIVE else (None, None) if name in _EITHER_SIGN else (0.0, None)
        for name in names
    ]
    fitted = minimize(loss, expected.copy(), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights: Floats = fitted / scale
    return weights


def _scale(name: str) -> float:
    return 1.0 if name in _FLAGS or name.endswith(_SHARES) else _STRENGTHS


def fit_incident(examples: Sequence[Example]) -> Floats:
    """Bias and weights, shape (1 + m,)."""
    names = examples[0].strength_names
    values = np.array([example.strength for example in examples])
    truth = np.array([float(not example.incident.healthy) for example in examples])
    expected = np.array([_EXPECTED_INCIDENT.get(name, 0.0) for name in names])
    sizes = Counter((example.incident.system, example.incident.healthy) for example in examples)
    shares = np.array(
        [
            min(1.0, _MOST_OF_A_CLASS / sizes[example.incident.system, example.incident.healthy])
            for example in examples
        ]
    )

    def loss(weights: Floats) -> tuple[float, Floats]:
        distance = weights[1:] - expected
        chance = 1 / (1 + np.exp(-np.clip(weights[0] + values @ weights[1:], -30, 30)))
        likelihood = truth * np.log(chance + 1e-12) + (1 - truth) * np.log(1 - chance + 1e-12)
        value = _INCIDENT_PENALTY * float(distance @ distance) / 2 - float(shares @ likelihood)
        wrong = shares * (chance - truth)
        slopes = values.T @ wrong + _INCIDENT_PENALTY * distance
        return value, np.concatenate([[wrong.sum()], slopes])

    bounds = [(None, None), *((None, 0.0) if name in {"over", "brief"} else (0.0, None) for name in names)]
    start = np.concatenate([[0.0], expected])
    fitted: Floats = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return fitted


def origin_chances(example: Example, weights: Floats, temperature: float) -> Floats:
    """The probability of each service, shape (services,)."""
    scores = example.values @ weights / temperature
    odds = np.exp(scores - scores.max())
    chances: Floats = odds / odds.sum()
    return chances


def left_out_pairs(examples: Sequence[Example]) -> list[tuple[Example, Floats]]:
    """Each example with the weights that were fitted on those of all other systems."""
    pairs: list[tuple[Example, Floats]] = []
    for system in sorted({example.incident.system for example in examples}):
        weights = fit_origin([example for example in examples if example.incident.system != system])
        pairs += [(example, weights) for example in examples if example.incident.system == system]
    return pairs


def place_of_cause(example: Example, weights: Floats) -> int:
    """The place of the first right service, 0 for the first; the number of services where none is right."""
    if not example.right.any():
        return len(example.services)
    order = np.argsort(-origin_chances(example, weights, 1.0), kind="stable")
    return int(np.flatnonzero(example.right[order])[0])


def best_temperature(left_out: Sequence[tuple[Example, Floats]]) -> float:
    """The temperature with the highest likelihood of incidents whose system was left out of the fit."""
    sizes = Counter(example.incident.system for example, _ in left_out)

    def loss(temperature: float) -> float:
        return -sum(
            float(np.log(origin_chances(example, weights, temperature)[example.right].sum() + 1e-9))
            / sizes[example.incident.system]
            for example, weights in left_out
            if example.right.any()
        )

    return min(_TEMPERATURES, key=loss)
