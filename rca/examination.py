"""The engine on recordings: normal operation is known or divided off by an onset."""

from dataclasses import dataclass

import numpy as np

from missions.diagnosis import Candidate, Diagnosis, DiagnosisVerdict, Moment, ServiceGraph
from missions.evidence import Change
from missions.plain import plain
from rca.accounts import account
from rca.causes import near
from rca.certainty import REAL, Certainty, certainty
from rca.focus import Focus
from rca.line_counts import counted
from rca.pattern import Graph, Symptoms, graph_of, origins
from rca.reference import Shift
from rca.roles import SeriesRole
from rca.seasons import without_season
from rca.splitting import TrackComparison, compare
from rca.symptoms import holds, kinds, own_part, strained
from rca.tables import Table, moment
from rca.templates import Surge, surges
from rca.templates import evidence as logged
from rca.timing import earlier
from rca.wording import story, timeline

ENGINE = "ops-agent-rca/2"

_SURE = 0.5  # confidence from which a cause is claimed
_PLAIN = 4.0
_SCALE = 3.0
_RESOURCE = 1.5
_MOST_STRAIN = 4.0
_MOST_OWN = 2.0
_HARMLESS = 0.3
_HELD = 1.25  # growth of what is in use, per growth of the latency, that waiting explains
_FAR = 10.0  # spreads from which a resource that doubled is told although nobody suffers
_CHANGED = 1.0  # log odds of a deployment or configuration change just before
_MOVED, _GREW = 1.0, 0.2  # spreads and growth from which a track may have begun before the onset
_LIKELY = 0.1
_RIVAL = 0.1  # confidence of who was not measured from which its metrics are missed
_TOLD = 30  # moments of a timeline that are about series
_UNEXPLAINED = frozenset({"error_spike", "latency_degradation"})
_MOST = 5
_MOST_SERVICES = 400


@dataclass(frozen=True)
class Examination:
    """Everything that the answer is made of; `scores` are log odds by service, best first."""

    table: Table
    focus: Focus | None
    comparison: TrackComparison
    kinds: tuple[Symptoms, Symptoms]
    graph: Graph
    scores: dict[str, float]
    strained: dict[str, Shift]
    changes: dict[str, Change]
    surges: tuple[Surge, ...]
    certainty: Certainty


def examine(table: Table, focus: Focus | None = None, onset: float | None = None) -> Diagnosis:
    """The answer for recordings with a known normal; else an onset divides them (a hint, epoch seconds)."""
    found = examined(table, focus, onset)
    ranked = list(found.scores)[:_MOST]
    sure = found.certainty
    verdict, headline = _judge(found, ranked)
    told = focus is not None or onset is not None  # somebody says that something is wrong
    shown = ranked if told or verdict is not DiagnosisVerdict.HEALTHY else []
    candidates = tuple(
        one
        for name in shown
        if (one := account(found, name, sure.real * sure.odds.get(name, 0.0))) is not None
    )
    if verdict is DiagnosisVerdict.FOUND and (not candidates or candidates[0].service != ranked[0]):
        verdict, headline = DiagnosisVerdict.INCONCLUSIVE, "Nothing that was seen could be cited for a cause."
    missing = _missing(found, verdict, candidates)
    healthy = verdict is DiagnosisVerdict.HEALTHY
    return Diagnosis(
        verdict=verdict,
        summary=story(candidates, missing, headline),
        primary_symptom="" if healthy and focus is None else _symptom(found),
        root_cause_candidates=candidates,
        service_graph=ServiceGraph(services=table.services, dependencies=table.dependencies),
        timeline=_timeline(found, healthy=healthy),
        missing_evidence=missing,
        onset=None if found.comparison.onset is None or healthy else moment(found.comparison.onset),
        engine=ENGINE,
    )


def examined(table: Table, focus: Focus | None, onset: float | None) -> Examination:
    """The examination behind the answer; a second one where a likely origin had trouble before the onset."""
    tracks = (*map(without_season, table.tracks), *counted(table.kinds))
    found = _examined(table, focus, onset, compare(tracks, onset))
    divided = found.comparison.onset
    likely = {name for name, odds in found.certainty.odds.items() if odds >= _LIKELY}
    own = [
        one.track
        for one in found.comparison.shifts
        if one.track.service in likely and one.z >= _MOVED and one.growth >= _GREW
    ]
    began = earlier(own, divided) if own and divided is not None else None
    return found if began is None else _examined(table, focus, onset, compare(tracks, onset, began))


def _examined(
    table: Table, focus: Focus | None, onset: float | None, comparison: TrackComparison
) -> Examination:
    both = kinds(comparison.shifts, focus)
    graph = graph_of(table.dependencies)
    worst = strained(comparison.shifts)
    changes = near(table, comparison.onset)
    began = comparison.onset if comparison.onset is not None else onset
    found = surges(table.kinds, began, table.services) if began is not None else []
    speaking = (
        {name: _strain(name, one, both) for name, one in worst.items()},
        dict.fromkeys(changes, _CHANGED),
        logged(found),
        {name: min(_RESOURCE * _log(one), _MOST_OWN) for name, one in own_part(comparison.shifts).items()},
    )
    own: dict[str, float] = {}
    for one in speaking:
        for name, odds in one.items():
            own[name] = own.get(name, 0.0) + odds
    services = _asked(table, focus, both, own)
    named = frozenset(name for one in found if one.kind.bad for name in one.mentions)
    scores = origins(services, graph, both, own, named)
    ordered = dict(sorted(scores.items(), key=lambda one: (-one[1], one[0])))
    sure = certainty(ordered, graph, both)
    return Examination(table, focus, comparison, both, graph, ordered, worst, changes, tuple(found), sure)


def _asked(
    table: Table, focus: Focus | None, both: tuple[Symptoms, ...], own: dict[str, float]
) -> tuple[str, ...]:
    """All services; of very many those with the strongest evidence, and whom these call."""
    everybody = tuple(dict.fromkeys((*table.services, *([focus.service] if focus else ()))))
    if len(everybody) <= _MOST_SERVICES:
        return everybody
    strongest = {
        name: max(own.get(name, 0.0), *(kind.z.get(name, 0.0) for kind in both)) for name in everybody
    }
    best = sorted(everybody, key=lambda name: -strongest[name])[: _MOST_SERVICES // 2]
    called = [edge.callee for edge in table.dependencies if edge.caller in set(best[:20])]
    wanted = dict.fromkeys((*([focus.service] if focus else ()), *best, *called))
    return tuple(wanted)[:_MOST_SERVICES]


def _strain(name: str, one: Shift, both: tuple[Symptoms, ...]) -> float:
    """Log odds of a strained resource: little where others suffer and the service serves as well as ever."""
    felt = [kind.z[name] for kind in both if name in kind.z]
    if holds(one) and one.growth <= _HELD * both[0].relative.get(name, 0.0):
        return _HARMLESS * min(_RESOURCE * _log(one), _MOST_STRAIN)  # who waits holds what it waits with
    suffering = any(z >= _PLAIN for kind in both for z in kind.z.values())
    idle = _HARMLESS if suffering and felt and max(felt) < _PLAIN else 1.0
    return idle * min(_RESOURCE * _log(one), _MOST_STRAIN)


def _far(one: Shift) -> bool:
    """Whether a resource is worth a word although nobody suffers."""
    return one.z >= _FAR and one.growth >= 1


def _log(one: Shift) -> float:
    return float(np.log1p(max(one.z - _PLAIN, 0.0) / _SCALE))


def _judge(found: Examination, ranked: list[str]) -> tuple[DiagnosisVerdict, str]:
    measured = any(kind.z for kind in found.kinds)
    if not found.comparison.shifts or not ranked:
        return DiagnosisVerdict.INCONCLUSIVE, "There is nothing that could be compared with normal operation."
    if found.certainty.real < 1 - REAL:
        unfelt = found.strained.get(ranked[0])
        if unfelt is not None and _far(unfelt):
            name = f"{plain(unfelt.track.metric)} of {plain(ranked[0])}"
            return (
                DiagnosisVerdict.INCONCLUSIVE,
                f"{name} is far above normal, and nobody is seen to suffer from it.",
            )
        if measured and (found.focus is None or any(found.focus.service in kind.z for kind in found.kinds)):
            return DiagnosisVerdict.HEALTHY, "No service is clearly worse than in normal operation."
        return DiagnosisVerdict.INCONCLUSIVE, "Nothing unusual was seen, but not enough was seen."
    sure = found.certainty.real * found.certainty.odds[ranked[0]]
    first = plain(ranked[0])
    if found.certainty.real >= REAL and sure >= _SURE:
        onset = found.comparison.onset
        when = "" if onset is None else f", at {moment(onset):%H:%M:%S}Z"
        return DiagnosisVerdict.FOUND, f"It most likely began in {first}{when}."
    if found.certainty.real < REAL:
        return (
            DiagnosisVerdict.INCONCLUSIVE,
            "Something is unusual, too little to say that it is an incident.",
        )
    others = ", ".join(map(plain, ranked[1:3]))
    return (
        DiagnosisVerdict.INCONCLUSIVE,
        f"{first} is the likeliest origin; {others or 'others'} may be it as well.",
    )


def _missing(
    found: Examination, verdict: DiagnosisVerdict, candidates: tuple[Candidate, ...]
) -> tuple[str, ...]:
    if not found.table.tracks:
        return ("no metrics were seen",)
    missing = []
    if not any(kind.z for kind in found.kinds):
        missing.append("no latency or error metrics with a normal time to compare with")
    if len(found.scores) > 1 and not found.table.dependencies:
        missing.append("which service calls which")
    measured = {name for kind in found.kinds for name in kind.z}
    blind = [one.service for one in candidates if one.service not in measured and one.confidence >= _RIVAL]
    if found.focus and found.focus.service not in measured:
        blind.insert(0, found.focus.service)
    missing += [f"latency or errors of {plain(name)}" for name in dict.fromkeys(blind)]
    if verdict is DiagnosisVerdict.FOUND and candidates[0].incident_type in _UNEXPLAINED:
        missing.append(f"why {plain(candidates[0].service)} changed: no change, resource or log explains it")
    return tuple(missing)


def _symptom(found: Examination) -> str:
    if found.focus:
        return " ".join(map(plain, filter(None, (found.focus.service, found.focus.metric))))
    felt = [
        one
        for one in found.comparison.shifts
        if one.track.role in {SeriesRole.LATENCY, SeriesRole.ERRORS} and one.z > 0
    ]
    worst = max(felt, key=lambda one: one.z, default=None)
    return "" if worst is None else f"{plain(worst.track.service)} {plain(worst.track.metric)}"


def _timeline(found: Examination, *, healthy: bool) -> tuple[Moment, ...]:
    """What happened and what was worse; of a healthy system what happened only."""
    shown = {SeriesRole.LATENCY, SeriesRole.ERRORS, SeriesRole.OWN}
    worse = [
        one
        for one in found.comparison.shifts
        if one.z >= _PLAIN and (one.track.role in shown or one is found.strained.get(one.track.service))
    ]
    worse = sorted(worse, key=lambda one: (-one.z, one.track.id))[:_TOLD]
    return timeline(
        found.table, found.comparison.onset, () if healthy else worse, () if healthy else found.surges
    )
