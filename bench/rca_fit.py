"""Fits what rca/certainty.py needs, on seeds that the table of bench/rca.py never sees; cross-validated.

The last line tells, for each seed that was left out, how well what was fitted on the others holds on it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize

from bench._reading import table_of
from bench._synthetic import cases, healthy
from rca.certainty import REAL, strengths
from rca.examination import examined
from rca.focus import Focus
from rca.tables import Floats

SEEDS = (901, 902, 903, 904)
_EACH = 45
_SURE = 0.5


@dataclass
class _Seen:
    """By case: how strong the first origin is, whether anything is wrong, scores, and the cause's place."""

    strengths: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[bool] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def main() -> int:
    """Prints the constants, and what they are worth where they were not fitted."""
    seen = {seed: _looked(seed) for seed in SEEDS}
    held_out = []
    for seed in SEEDS:
        weights, temperature = _fitted([one for other, one in seen.items() if other != seed])
        held_out.append({"seed": seed} | _worth(seen[seed], weights, temperature))
        print(held_out[-1])
    weights, temperature = _fitted(list(seen.values()))
    bias, felt, origin = (round(float(one), 2) for one in weights)
    constants = {"bias": bias, "felt": felt, "origin": origin, "temperature": round(temperature, 2)}
    print(json.dumps(constants | {"held_out": held_out}))
    return 0


def _looked(seed: int) -> _Seen:
    seen = _Seen()
    for one in (*cases(_EACH, seed), *healthy(_EACH, seed)):
        for hint in (one.onset, None):
            found = examined(table_of(one), Focus(*one.symptom), hint)
            names = list(found.scores)
            seen.strengths.append(strengths(names[0], found.graph, found.kinds))
            seen.wrong.append(bool(one.cause))
            seen.scores.append(np.array(list(found.scores.values())))
            seen.places.append(names.index(one.cause) if one.cause else -1)
    return seen


def _fitted(parts: Sequence[_Seen]) -> tuple[Floats, float]:
    features = np.log1p(np.array([one for part in parts for one in part.strengths]))
    truth = np.array([one for part in parts for one in part.wrong])
    ranked = [
        (scores, place)
        for part in parts
        for scores, place in zip(part.scores, part.places, strict=True)
        if place >= 0
    ]

    def loss(weights: Floats) -> float:
        score = weights[0] + features @ weights[1:]
        return float(
            np.mean(np.logaddexp(0, np.where(truth, -score, score))) + 0.002 * (weights[1:] ** 2).sum()
        )

    def surprise(temperature: float) -> float:
        scaled = [(scores / temperature, place) for scores, place in ranked]
        return -float(np.mean([scores[place] - np.logaddexp.reduce(scores) for scores, place in scaled]))

    weights: Floats = minimize(loss, np.array([-4.0, 1.0, 1.0])).x
    return weights, float(min(np.linspace(0.5, 4, 36), key=surprise))


def _worth(seen: _Seen, weights: Floats, temperature: float) -> dict[str, float]:
    """Claims on healthy ones, claims on incidents that are right, and the calibration error of the first."""
    sure, right, claims = [], [], []
    for felt, scores, place in zip(seen.strengths, seen.scores, seen.places, strict=True):
        real = 1 / (1 + np.exp(-(weights[0] + np.log1p(np.array(felt)) @ weights[1:])))
        odds = np.exp((scores - scores.max()) / temperature)
        confidence = float(real * odds[0] / odds.sum())
        sure.append(confidence)
        right.append(place == 0)
        claims.append(bool(real >= REAL and confidence >= _SURE))
    told, hits, claimed, wrong = (np.array(one) for one in (sure, right, claims, seen.wrong))
    bins = np.minimum((told * 10).astype(int), 9)
    gaps = [
        abs(told[bins == one].mean() - hits[bins == one].mean()) * (bins == one).mean()
        for one in np.unique(bins)
    ]
    return {
        "healthy_claims": round(float(claimed[~wrong].mean()), 3),
        "claims_right": round(float(hits[claimed & wrong].mean()), 3),
        "ece": round(float(sum(gaps)), 3),
    }
