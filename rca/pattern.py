"""Where: which single origin explains best who shows symptoms and who does not.

Every service is tried as the origin. Symptoms spread from it to its callers and on to theirs; what a caller
waits longer, in sum over its requests, is at most what its callees take longer in sum over theirs, so an
origin explains a caller's excess only as far as its own reaches. An origin may also be silent: the
network in front of it loses or delays what it answers, its callers show it and it does not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from missions.evidence import Dependency

_COINCIDENCE = 0.015  # chance that a service shows a symptom that has nothing to do with the origin
_OWN = 0.9  # chance that an origin that is not silent shows its symptom itself
_CALLER, _FURTHER = 0.6, 0.95  # chance that a caller shows it; per call further away it is less
_BOTH = 0.4  # chance that an origin is slow and fails, too
_LEADS = 0.5  # how much less callers fail for what is slow, or are slow for what fails
_COMPLAINED = 0.85  # the same for the service that was complained about
_SILENT_CALLER, _SILENT_REACH = 0.9, 0.7
_SEEN, _SILENT, _UNSEEN = 0.85, 0.1, 0.3  # priors: it shows it; it is silent; it has no symptom metrics
_UNKNOWN = 0.5  # without a graph: chance that one service is among the callers of another
_PLAIN = 3.5  # spreads at which a shift speaks as much for as against a symptom
_STEEPNESS, _QUIET, _LOUD = 0.6, -2.5, 7.0  # log odds per spread, and their limits
_COMPLAINT = 3.0  # log odds of the symptom that was complained about, at least
_REACH, _FULL_REACH = 0.5, 0.95  # shares of a caller's excess that explain nothing, and all of it
_REST = 0.08  # least share of its excess that an origin's callees leave to it
_ELSEWHERE = 4.0  # log odds against an origin that the complaining service does not reach
_ENTRY = 1.5  # log odds against the complaint's own service where nobody knows whom it calls
_HEAVY = 1.5  # how much more the complaint weighs than other symptoms


@dataclass(frozen=True)
class Symptoms:
    """One kind of symptom by service: spreads above normal, excess (rise times requests), relative rise."""

    weight: float
    z: Mapping[str, float]
    excess: Mapping[str, float]
    relative: Mapping[str, float]
    complained: str = ""


@dataclass(frozen=True)
class Graph:
    """Who calls whom; empty where nothing is known."""

    callees: Mapping[str, frozenset[str]] = field(default_factory=dict)
    distances: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Of every service, who reaches it along calls, itself included, with the least number of calls."""


def graph_of(dependencies: Sequence[Dependency]) -> Graph:
    """The graph of some calls, with all distances."""
    callees: dict[str, set[str]] = {}
    callers: dict[str, set[str]] = {}
    for edge in dependencies:
        callees.setdefault(edge.caller, set()).add(edge.callee)
        callers.setdefault(edge.callee, set()).add(edge.caller)
    distances = {}
    for name in callees.keys() | callers.keys():
        reached, waiting = {name: 0}, [name]
        for one in waiting:
            for caller in callers.get(one, ()):
                if caller not in reached:
                    reached[caller] = reached[one] + 1
                    waiting.append(caller)
        distances[name] = reached
    return Graph({name: frozenset(called) for name, called in callees.items()}, distances)


def origins(
    services: Sequence[str],
    graph: Graph,
    kinds: Sequence[Symptoms],
    own: Mapping[str, float],
    named: frozenset[str] = frozenset(),
) -> dict[str, float]:
    """Log odds of each service as the origin, up to a constant; `own` are log odds of its own evidence.

    `named` are services of which others say that they call them.
    """
    complained = next((kind.complained for kind in kinds if kind.complained), "")
    scores = {}
    for origin in services:
        shown = _showing(origin, services, graph, kinds)
        hidden = _silent(origin, services, graph, kinds, called=origin in named)
        score = max(shown, hidden) + math.log1p(math.exp(-abs(shown - hidden)))
        if complained and graph.callees and complained not in graph.distances.get(origin, {origin: 0}):
            score -= _ELSEWHERE
        if origin == complained and not graph.callees:
            score -= _ENTRY
        scores[origin] = score + own.get(origin, 0.0)
    return scores


def explains(origin: str, victim: str, kind: Symptoms) -> float:
    """0..1: how far the origin's excess reaches for the victim's; 0.5 where the origin's is not measured."""
    if origin not in kind.excess or kind.excess.get(victim, 0.0) <= 0:
        return 0.5
    reach = max(kind.excess[origin], 0.0) / kind.excess[victim]
    return min(1.0, max(0.0, (reach - _REACH) / (_FULL_REACH - _REACH)))


def _showing(origin: str, services: Sequence[str], graph: Graph, kinds: Sequence[Symptoms]) -> float:
    """It is slow, or it fails, or both; who waits for what is slow may fail, too."""
    shown = [_felt(origin, services, graph, kind, None) for kind in kinds]
    spread = [
        _felt(origin, services, graph, kind, next((one for one in kinds if one is not kind), kind))
        for kind in kinds
    ]
    measured = [place for place, kind in enumerate(kinds) if origin in kind.z]
    ways = [math.log(_BOTH if len(measured) > 1 else 1.0) + sum(shown)]
    if len(measured) > 1:
        ways += [
            math.log((1 - _BOTH) / len(measured))
            + sum(shown[one] if one == place else spread[one] for one in range(len(kinds)))
            for place in measured
        ]
    most = max(ways)
    return math.log(_SEEN) + most + math.log(sum(math.exp(way - most) for way in ways))


def _felt(
    origin: str, services: Sequence[str], graph: Graph, kind: Symptoms, instead: Symptoms | None
) -> float:
    """Log odds of one kind of symptom; the origin shows it, or `instead` another kind that leads to it."""
    score = 0.0
    for victim, distance in _reaching(origin, services, graph):
        if victim not in kind.z:
            continue
        if victim == origin:
            chance = _OWN if instead is None else _COINCIDENCE
        else:
            usual = _COMPLAINED if victim == kind.complained else _CALLER
            if not graph.callees and victim != kind.complained:
                usual = _UNKNOWN
            usual *= _FURTHER ** (distance - 1)
            if instead is not None:
                usual *= _LEADS
            share = explains(origin, victim, instead or kind)
            if origin not in (instead or kind).excess and distance > 1:
                share = min(share, _passed_on(origin, victim, graph, instead or kind))
            chance = usual * share + _COINCIDENCE * (1 - share)
        score += _weighed(chance, victim, kind, told=bool(graph.callees) or victim == origin)
    if instead is None and origin in kind.z:
        score += kind.weight * _preference(origin, graph, kind)
    return score


def _preference(origin: str, graph: Graph, kind: Symptoms) -> float:
    """What its own symptom says beyond being one: what its callees leave of it, or how large it is."""
    size = math.log1p(max(kind.z[origin], 0.0))
    if graph.callees:
        below = sum(
            max(kind.excess.get(one, 0.0), 0.0)
            for one in graph.callees.get(origin, frozenset()) - {origin}
            if kind.z.get(one, 0.0) > _PLAIN
        )
        reached = kind.excess.get(origin, 0.0)
        rest = 1 - below / reached if reached > 0 else 1.0
        return 0.1 * size + math.log(min(1.0, max(rest, _REST)))
    # Nothing says who waits for whom: a wait is a larger part of what is usually quick.
    largest = max(kind.relative.values(), default=0.0)
    if kind.z[origin] <= _PLAIN or largest <= 0:
        return 0.6 * size
    return 0.6 * size + 1.5 * math.log(max(kind.relative[origin], 1e-3 * largest) / largest)


def _silent(
    origin: str, services: Sequence[str], graph: Graph, kinds: Sequence[Symptoms], *, called: bool
) -> float:
    measured = any(origin in kind.z for kind in kinds)
    if measured and not graph.callees and not called:
        return -math.inf
    score = math.log(_SILENT if measured else _UNSEEN)
    for kind in kinds:
        for victim, distance in _reaching(origin, services, graph):
            if victim not in kind.z:
                continue
            if victim == origin:
                chance = _COINCIDENCE
            elif not graph.callees:
                chance = _UNKNOWN * _SILENT_REACH
            elif distance == 1:
                chance = _SILENT_CALLER**2
            else:
                usual = _COMPLAINED if victim == kind.complained else _CALLER
                chance = usual * _FURTHER ** (distance - 1) * _SILENT_REACH
                share = _passed_on(origin, victim, graph, kind)
                chance = chance * share + _COINCIDENCE * (1 - share)
            score += _weighed(chance, victim, kind, told=bool(graph.callees) or victim == origin)
    return score


def _passed_on(origin: str, victim: str, graph: Graph, kind: Symptoms) -> float:
    """0..1: how far those through whom a victim waits for a silent origin explain its excess; else 1."""
    reached = graph.distances.get(origin, {})
    between = (graph.callees.get(victim, frozenset()) & reached.keys()) - {victim}
    if any(one not in kind.excess for one in between) or kind.excess.get(victim, 0.0) <= 0:
        return 1.0
    reach = sum(max(kind.excess[one], 0.0) for one in between) / kind.excess[victim]
    return min(1.0, max(0.0, (reach - _REACH) / (_FULL_REACH - _REACH)))


def _reaching(origin: str, services: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    """Who may wait for an origin, and how many calls away; without a graph everybody."""
    if graph.callees:
        return list(graph.distances.get(origin, {origin: 0}).items())
    return [(name, int(name != origin)) for name in services]


def _weighed(chance: float, victim: str, kind: Symptoms, *, told: bool) -> float:
    """Log odds that a symptom of this chance, rather than a coincidence, is what the victim shows.

    Unless it is `told` that the victim depends on the origin, its silence says nothing.
    """
    odds = min(_LOUD, max(_QUIET, _STEEPNESS * (kind.z[victim] - _PLAIN)))
    complained = victim == kind.complained
    if not told:
        odds = max(odds, 0.0)
    if complained:
        odds = max(odds, _COMPLAINT)
    ratio = math.exp(odds)
    gain = math.log(chance * ratio + 1 - chance) - math.log(_COINCIDENCE * ratio + 1 - _COINCIDENCE)
    return gain * kind.weight * (_HEAVY if complained else 1.0)
