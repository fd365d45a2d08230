"""Fits the constants of rca/confidence.py on seeds that bench/rca.py does not use, and cross-validates them.

The last line has the constants and, for each seed, how well those fitted on the other seeds do on it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize

from bench._scoring import calibration_error
from bench._synthetic import cases, healthy
from bench._telemetry import telemetry_of_case
from rca.analysis import analysis_of
from rca.confidence import INCIDENT, strengths
from rca.reported_symptom import ReportedSymptom
from rca.series import Floats

SEEDS = (901, 902, 903, 904)
_COUNT = 45  # incidents, and healthy systems, of each seed
_MIN_CLAIM = 0.5


@dataclass
class _Samples:
    """For each analysis: strengths, whether there is an incident, scores, and the cause's rank (or -1)."""

    strengths: list[tuple[float, float]] = field(default_factory=list)
    is_incident: list[bool] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)


def main() -> int:
    """Prints the constants, and how well they do where they were not fitted."""
    samples = {seed: _samples(seed) for seed in SEEDS}
    held_out = []
    for seed in SEEDS:
        weights, temperature = _fit([part for other, part in samples.items() if other != seed])
        held_out.append({"seed": seed} | _evaluate(samples[seed], weights, temperature))
        print(held_out[-1])
    weights, temperature = _fit(list(samples.values()))
    bias, felt, origin = (round(float(weight), 2) for weight in weights)
    constants = {"bias": bias, "felt": felt, "origin": origin, "temperature": round(temperature, 2)}
    print(json.dumps(constants | {"held_out": held_out}))
    return 0


def _samples(seed: int) -> _Samples:
    samples = _Samples()
    for case in (*cases(_COUNT, seed), *healthy(_COUNT, seed)):
        for hint in (case.onset, None):
            analysis = analysis_of(telemetry_of_case(case), ReportedSymptom(*case.symptom), hint)
            names = list(analysis.scores)
            samples.strengths.append(strengths(names[0], analysis.graph, analysis.symptoms))
            samples.is_incident.append(bool(case.cause))
            samples.scores.append(np.array(list(analysis.scores.values())))
            samples.ranks.append(names.index(case.cause) if case.cause else -1)
    return samples


def _fit(parts: Sequence[_Samples]) -> tuple[Floats, float]:
    features = np.log1p(np.array([pair for part in parts for pair in part.strengths]))
    truth = np.array([incident for part in parts for incident in part.is_incident])
    ranked = [
        (scores, rank)
        for part in parts
        for scores, rank in zip(part.scores, part.ranks, strict=True)
        if rank >= 0
    ]

    def loss(weights: Floats) -> float:
        score = weights[0] + features @ weights[1:]
        return float(
            np.mean(np.logaddexp(0, np.where(truth, -score, score))) + 0.002 * (weights[1:] ** 2).sum()
        )

    def cross_entropy(temperature: float) -> float:
        scaled = [(scores / temperature, rank) for scores, rank in ranked]
        return -float(np.mean([scores[rank] - np.logaddexp.reduce(scores) for scores, rank in scaled]))

    weights: Floats = minimize(loss, np.array([-4.0, 1.0, 1.0])).x
    return weights, float(min(np.linspace(0.5, 4, 36), key=cross_entropy))


def _evaluate(samples: _Samples, weights: Floats, temperature: float) -> dict[str, float]:
    """Claims on healthy systems, claims on incidents that are right, and the calibration error."""
    stated, right, claims = [], [], []
    for pair, scores, rank in zip(samples.strengths, samples.scores, samples.ranks, strict=True):
        incident = 1 / (1 + np.exp(-(weights[0] + np.log1p(np.array(pair)) @ weights[1:])))
        odds = np.exp((scores - scores.max()) / temperature)
        confidence = float(incident * odds[0] / odds.sum())
        stated.append(confidence)
        right.append(rank == 0)
        claims.append(bool(incident >= INCIDENT and confidence >= _MIN_CLAIM))
    hits, claimed, is_incident = (np.array(flags) for flags in (right, claims, samples.is_incident))
    return {
        "healthy_claims": round(float(claimed[~is_incident].mean()), 3),
        "claims_right": round(float(hits[claimed & is_incident].mean()), 3),
        "ece": calibration_error(np.array(stated), hits),
    }
