"""Fits what rca/certainty.py needs, on seeds that the table of bench/rca.py never sees."""

import json

import numpy as np
from scipy.optimize import minimize

from bench._reading import table_of
from bench._synthetic import cases, healthy
from rca.certainty import strengths
from rca.examination import examined
from rca.focus import Focus

SEEDS = (901, 902)
_EACH = 90


def main() -> int:
    """Prints the constants."""
    felt: list[tuple[float, float]] = []
    wrong: list[bool] = []
    ranked: list[tuple[np.ndarray, int]] = []
    for seed in SEEDS:
        for one in (*cases(_EACH, seed), *healthy(_EACH, seed)):
            for hint in (one.onset, None):
                found = examined(table_of(one), Focus(*one.symptom), hint)
                names = list(found.scores)
                felt.append(strengths(names[0], found.graph, found.kinds))
                wrong.append(bool(one.cause))
                if one.cause:
                    ranked.append((np.array(list(found.scores.values())), names.index(one.cause)))
    features = np.log1p(np.array(felt))
    truth = np.array(wrong)
    print("healthy", np.quantile(features[~truth], [0.5, 0.9, 0.99, 1], axis=0).round(2).tolist())
    print("incident", np.quantile(features[truth], [0, 0.01, 0.1, 0.5], axis=0).round(2).tolist())

    def loss(weights: np.ndarray) -> float:
        score = weights[0] + features @ weights[1:]
        return float(
            np.mean(np.logaddexp(0, np.where(truth, -score, score))) + 0.002 * (weights[1:] ** 2).sum()
        )

    weights = minimize(loss, np.array([-4.0, 1.0, 1.0])).x

    def surprise(temperature: float) -> float:
        logs = []
        for scores, place in ranked:
            scaled = scores / temperature
            logs.append(scaled[place] - np.logaddexp.reduce(scaled))
        return -float(np.mean(logs))

    grid = np.linspace(0.5, 4, 36)
    temperature = float(min(grid, key=surprise))
    print(
        json.dumps(
            {
                "bias": round(float(weights[0]), 2),
                "felt": round(float(weights[1]), 2),
                "origin": round(float(weights[2]), 2),
                "temperature": round(temperature, 2),
            }
        )
    )
    return 0
