"""The probability that there is an incident, and that each service is its origin."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rca.call_graph import CallGraph
from rca.origins import explained_share
from rca.symptoms import SymptomScores

INCIDENT = 0.6
"""Probability from which there is taken to be an incident."""

# Fitted by bench/rca_fit.py on seeds of the synthetic generator that bench/rca.py does not use.
_BIAS, _AFFECTED, _ORIGIN = -5.57, 2.29, 1.61
_TEMPERATURE = 1.0
_CLOSE = 3.0  # log odds behind the first origin
_NO_GRAPH_TEMPERATURE = 1.5  # of the log odds within `_CLOSE`; chosen on seeds 7 and 8


@dataclass(frozen=True)
class Confidence:
    """`incident`: probability of an incident; `origins`: probability of each origin, if there is one."""

    incident: float
    origins: Mapping[str, float]


def confidence_of(
    scores: Mapping[str, float], graph: CallGraph, symptoms: tuple[SymptomScores, ...]
) -> Confidence:
    """Probabilities from log odds of origins, best first."""
    if not scores:
        return Confidence(0.0, {})
    values = np.array(list(scores.values())) / _TEMPERATURE
    behind = values.max() - values
    if not graph.callees:
        # Close rivals become more likely. The many distant ones do not, or they would outweigh the first.
        behind -= np.minimum(behind, _CLOSE) * (1 - 1 / _NO_GRAPH_TEMPERATURE)
    odds = np.exp(-behind)
    affected, origin = strengths(next(iter(scores)), graph, symptoms)
    score = _BIAS + _AFFECTED * np.log1p(affected) + _ORIGIN * np.log1p(origin)
    incident = float(1 / (1 + np.exp(-score)))
    return Confidence(incident, dict(zip(scores, (odds / odds.sum()).tolist(), strict=True)))


def strengths(origin: str, graph: CallGraph, symptoms: tuple[SymptomScores, ...]) -> tuple[float, float]:
    """z-scores of the reported symptom (else of the most affected service), and of the origin.

    A silent origin is as strong as the weaker of its two strongest callers.
    """
    affected = source = 0.0
    for kind in symptoms:
        if kind.reported:
            affected = max(affected, kind.weight * kind.z.get(kind.reported, 0.0))
        else:
            others = [
                z * explained_share(origin, name, kind)
                for name, z in kind.z.items()
                if name != origin and name in graph.distances.get(origin, kind.z)
            ]
            if graph.callees and len(graph.distances.get(origin, ())) == 1:
                others.append(kind.z.get(origin, 0.0))  # no known service calls it: its users do
            affected = max(affected, *others, 0.0) if others else affected
        callers = sorted(
            (kind.z.get(name, 0.0) for name, far in graph.distances.get(origin, {}).items() if far == 1),
            reverse=True,
        )
        silent = callers[1] if len(callers) > 1 else 0.0
        source = max(source, kind.weight * max(kind.z.get(origin, 0.0), silent))
    return affected, source
