"""Scores of services as the origin: which single origin explains best which services show symptoms.

Symptoms spread from the origin to its callers and on to theirs. A caller's extra waiting time, summed over
its requests, is at most its callees' extra time, summed over theirs; so an origin explains a caller's excess
only as far as its own excess reaches. An origin may also be silent: when the network in front of a service
loses or delays its responses, its callers show symptoms and the service does not.
"""

import math
from collections.abc import Mapping, Sequence

from rca.call_graph import CallGraph
from rca.symptoms import SymptomScores

_COINCIDENCE = 0.015  # probability of a symptom that has nothing to do with the origin
_OWN = 0.9  # probability that an origin that is not silent shows its symptom
_CALLER, _PER_CALL = 0.6, 0.95  # probability that a caller shows it; factor for each further call
_BOTH = 0.4  # probability that an origin is slow and failing
_OTHER_KIND = 0.5  # factor for callers that fail because the origin is slow, or the other way round
_REPORTED = 0.85  # probability that the reported service shows it
_SILENT_CALLER, _SILENT_REACH = 0.9, 0.7
_SYMPTOMATIC, _SILENT, _UNMEASURED = 0.85, 0.1, 0.3  # priors of the kinds of origin
_UNKNOWN = 0.5  # without a graph: probability that a service is among the callers of another
_NEUTRAL_Z = 3.5  # z-score that is evidence neither for nor against a symptom
_ODDS_PER_Z, _MIN_ODDS, _MAX_ODDS = 0.6, -2.5, 7.0  # log odds
_MIN_REPORTED_ODDS = 3.0  # log odds of the reported symptom, at least
_MIN_REACH, _FULL_REACH = 0.5, 0.95  # shares of a caller's excess that explain nothing, and all of it
_MIN_REMAINDER = 0.08  # least share of its excess that an origin's callees leave to it
_UNREACHED = 4.0  # log odds against an origin that the reported service does not reach
_ENTRY = 1.5  # log odds against the reported service itself where its callees are not known
_REPORTED_WEIGHT = 1.5  # weight of the reported symptom over others


def origin_scores(
    services: Sequence[str],
    graph: CallGraph,
    symptoms: Sequence[SymptomScores],
    own_evidence: Mapping[str, float],
    mentioned: frozenset[str] = frozenset(),
) -> dict[str, float]:
    """Log odds of each service as the origin, up to a constant.

    `own_evidence` are log odds by service from its resources, changes, logs and traces. `mentioned` are
    services that errors of other services name.
    """
    reported = next((kind.reported for kind in symptoms if kind.reported), "")
    scores = {}
    for origin in services:
        symptomatic = _symptomatic_score(origin, services, graph, symptoms)
        silent = _silent_score(origin, services, graph, symptoms, mentioned=origin in mentioned)
        score = max(symptomatic, silent) + math.log1p(math.exp(-abs(symptomatic - silent)))
        if reported and graph.callees and reported not in graph.distances.get(origin, {origin: 0}):
            score -= _UNREACHED
        if origin == reported and not graph.callees:
            score -= _ENTRY
        scores[origin] = score + own_evidence.get(origin, 0.0)
    return scores


def explained_share(origin: str, affected: str, symptoms: SymptomScores) -> float:
    """How far the origin's excess explains the affected service's, 0..1; 0.5 for an unmeasured origin."""
    if origin not in symptoms.excess or symptoms.excess.get(affected, 0.0) <= 0:
        return 0.5
    return _reach_share(max(symptoms.excess[origin], 0.0) / symptoms.excess[affected])


def _reach_share(reach: float) -> float:
    return min(1.0, max(0.0, (reach - _MIN_REACH) / (_FULL_REACH - _MIN_REACH)))


def _symptomatic_score(
    origin: str, services: Sequence[str], graph: CallGraph, symptoms: Sequence[SymptomScores]
) -> float:
    """Log likelihood that the origin is slow, failing, or both; callers of a slow origin may fail, too."""
    own = [_symptom_log_odds(origin, services, graph, kind, None) for kind in symptoms]
    spread = [
        _symptom_log_odds(
            origin, services, graph, kind, next((other for other in symptoms if other is not kind), kind)
        )
        for kind in symptoms
    ]
    measured = [place for place, kind in enumerate(symptoms) if origin in kind.z]
    alternatives = [math.log(_BOTH if len(measured) > 1 else 1.0) + sum(own)]
    if len(measured) > 1:
        alternatives += [
            math.log((1 - _BOTH) / len(measured))
            + sum(own[kind] if kind == place else spread[kind] for kind in range(len(symptoms)))
            for place in measured
        ]
    highest = max(alternatives)
    return (
        math.log(_SYMPTOMATIC)
        + highest
        + math.log(sum(math.exp(alternative - highest) for alternative in alternatives))
    )


def _symptom_log_odds(
    origin: str,
    services: Sequence[str],
    graph: CallGraph,
    kind: SymptomScores,
    source: SymptomScores | None,
) -> float:
    """Log odds of one kind of symptom; the origin shows it, or `source`, another kind that causes it."""
    score = 0.0
    for affected, distance in _dependents(origin, services, graph):
        if affected not in kind.z:
            continue
        if affected == origin:
            probability = _OWN if source is None else _COINCIDENCE
        else:
            usual = _REPORTED if affected == kind.reported else _CALLER
            if not graph.callees and affected != kind.reported:
                usual = _UNKNOWN
            usual *= _PER_CALL ** (distance - 1)
            if source is not None:
                usual *= _OTHER_KIND
            share = explained_share(origin, affected, source or kind)
            if origin not in (source or kind).excess and distance > 1:
                share = min(share, _intermediate_share(origin, affected, graph, source or kind))
            probability = usual * share + _COINCIDENCE * (1 - share)
        score += _log_odds(probability, affected, kind, depends=bool(graph.callees) or affected == origin)
    if source is None and origin in kind.z:
        score += kind.weight * _own_size(origin, graph, kind)
    return score


def _own_size(origin: str, graph: CallGraph, kind: SymptomScores) -> float:
    """Log odds of the origin's own symptom: the part that its callees do not explain, and its size."""
    size = math.log1p(max(kind.z[origin], 0.0))
    if graph.callees:
        below = sum(
            max(kind.excess.get(callee, 0.0), 0.0)
            for callee in graph.callees.get(origin, frozenset()) - {origin}
            if kind.z.get(callee, 0.0) > _NEUTRAL_Z
        )
        excess = kind.excess.get(origin, 0.0)
        remainder = 1 - below / excess if excess > 0 else 1.0
        return 0.1 * size + math.log(min(1.0, max(remainder, _MIN_REMAINDER)))
    # Without calls, relative growth tells origin and caller apart: a wait adds more to a fast service.
    largest = max(kind.relative.values(), default=0.0)
    if kind.z[origin] <= _NEUTRAL_Z or largest <= 0:
        return 0.6 * size
    return 0.6 * size + 1.5 * math.log(max(kind.relative[origin], 1e-3 * largest) / largest)


def _silent_score(
    origin: str,
    services: Sequence[str],
    graph: CallGraph,
    symptoms: Sequence[SymptomScores],
    *,
    mentioned: bool,
) -> float:
    """Log likelihood that the origin itself looks normal, or is not measured."""
    measured = any(origin in kind.z for kind in symptoms)
    if measured and not graph.callees and not mentioned:
        return -math.inf
    score = math.log(_SILENT if measured else _UNMEASURED)
    for kind in symptoms:
        for affected, distance in _dependents(origin, services, graph):
            if affected not in kind.z:
                continue
            if affected == origin:
                probability = _COINCIDENCE
            elif not graph.callees:
                probability = _UNKNOWN * _SILENT_REACH
            elif distance == 1:
                probability = _SILENT_CALLER**2
            else:
                usual = _REPORTED if affected == kind.reported else _CALLER
                probability = usual * _PER_CALL ** (distance - 1) * _SILENT_REACH
                share = _intermediate_share(origin, affected, graph, kind)
                probability = probability * share + _COINCIDENCE * (1 - share)
            score += _log_odds(probability, affected, kind, depends=bool(graph.callees) or affected == origin)
    return score


def _intermediate_share(origin: str, affected: str, graph: CallGraph, kind: SymptomScores) -> float:
    """How far the services between explain an affected service's excess, 0..1; 1 if not all are measured."""
    reached = graph.distances.get(origin, {})
    between = (graph.callees.get(affected, frozenset()) & reached.keys()) - {affected}
    if any(name not in kind.excess for name in between) or kind.excess.get(affected, 0.0) <= 0:
        return 1.0
    return _reach_share(sum(max(kind.excess[name], 0.0) for name in between) / kind.excess[affected])


def _dependents(origin: str, services: Sequence[str], graph: CallGraph) -> list[tuple[str, int]]:
    """The services that may wait for the origin, with their distance in calls; without a graph, all."""
    if graph.callees:
        return list(graph.distances.get(origin, {origin: 0}).items())
    return [(name, int(name != origin)) for name in services]


def _log_odds(probability: float, affected: str, kind: SymptomScores, *, depends: bool) -> float:
    """Log odds of the affected service's symptom under this probability, against a coincidence.

    A service that shows no symptom is evidence only if it `depends` on the origin for certain.
    """
    odds = min(_MAX_ODDS, max(_MIN_ODDS, _ODDS_PER_Z * (kind.z[affected] - _NEUTRAL_Z)))
    reported = affected == kind.reported
    if not depends:
        odds = max(odds, 0.0)
    if reported:
        odds = max(odds, _MIN_REPORTED_ODDS)
    ratio = math.exp(odds)
    gain = math.log(probability * ratio + 1 - probability) - math.log(_COINCIDENCE * ratio + 1 - _COINCIDENCE)
    return gain * kind.weight * (_REPORTED_WEIGHT if reported else 1.0)
