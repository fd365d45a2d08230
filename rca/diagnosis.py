"""The engine's answer: found, healthy, or inconclusive with what is missing."""

import numpy as np

from missions.diagnosis import Candidate, Diagnosis, Finding, ServiceGraph
from missions.evidence import Evidence
from missions.plain import plain
from rca.attribution import Suspect, reached_from, suspects
from rca.examination import examine
from rca.focus import focus_of
from rca.ranking import Ranked, candidate, rank
from rca.roles import SYMPTOMS
from rca.scores import ENOUGH, Anomaly, anomaly_of, elevated_throughout
from rca.tables import Table, Track, moment, seconds, tabulate
from rca.wording import cite, story, timeline

ENGINE = "ops-agent-rca/1"

_SURE = 0.45  # below it a place is named but not claimed
_MARGIN = 0.1  # of the first score by which it must lead
_COARSE = 10.0  # seconds between samples from which it is a recording
_MANY = 200  # samples from which what is normal is known from the recording itself
_EARLIER = 60.0  # seconds of samples before a window that make its start a hint
_STALE = 30.0  # seconds without a sample after which a track says nothing of now
_MOST_MISSING = 20


def diagnose(symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
    """Where and why it began. Pure: the same evidence has the same answer. Never raises for odd evidence.

    Short live windows of seconds are judged by what a person would call a change (rca/roles.py); everything
    else, of systems about which nothing is known, by what is normal in it.
    """
    table = tabulate(evidence)
    if _recorded(table):
        return examine(table, focus_of(symptom, table.services), _hint(table, evidence))
    fresh = tuple(track for track in table.tracks if _fresh(track, table.end))
    anomalies = tuple(one for one in map(anomaly_of, fresh) if one is not None)
    missing = missing_evidence(table, fresh)
    everybody = suspects(anomalies, table.dependencies)
    ranked = rank(everybody, table.changes)
    candidates = tuple(candidate(one, everybody, table) for one in ranked)
    shown = tuple(one for suspect in everybody for one in suspect.anomalies)
    verdict, headline, doubts = _judge(table, fresh, everybody, ranked, missing)
    missing = (*missing, *doubts)
    return Diagnosis(
        verdict=verdict,
        summary=story(candidates, missing, headline),
        primary_symptom=_symptom(symptom, everybody, candidates),
        root_cause_candidates=candidates,
        service_graph=ServiceGraph(services=table.services, dependencies=table.dependencies),
        timeline=timeline(table, shown),
        missing_evidence=missing,
        onset=moment(ranked[0].suspect.onset) if ranked else None,
        engine=ENGINE,
    )


def _recorded(table: Table) -> bool:
    """Whether most tracks are no short live window: samples too far apart for one, or very many."""
    steps = [float(np.median(np.diff(one.times))) for one in table.tracks if one.size > 1]
    if not steps:
        return False
    size = float(np.median([one.size for one in table.tracks if one.size > 1]))
    return float(np.median(steps)) >= _COARSE or size >= _MANY


def _hint(table: Table, evidence: tuple[Evidence, ...]) -> float | None:
    """The window's start, where the samples begin clearly earlier: somebody says when it began."""
    start = min((seconds(page.window.start) for page in evidence), default=0.0)
    first = min((float(one.times[0]) for one in table.tracks if one.size), default=start)
    return start if first + _EARLIER < start < table.end else None


def missing_evidence(table: Table, fresh: tuple[Track, ...]) -> tuple[str, ...]:
    """What a healthy verdict would need and does not have: both symptoms of every service, up to now."""
    if not table.tracks:
        return ("no metrics were seen",)
    missing = []
    watched = {track.service for track in table.tracks if track.role in SYMPTOMS}
    if not watched:
        missing.append("no latency or error metrics were seen")
    for service in table.services:
        for role in sorted(SYMPTOMS):
            known = [one for one in table.tracks if one.service == service and one.role is role]
            usable = [one for one in known if one in fresh and one.size >= ENOUGH]
            if known and not usable:
                best = max(one.size for one in known)
                missing.append(f"{plain(service)}: too few recent samples of {role} ({best})")
            elif not known:
                missing.append(f"{plain(service)}: no {role} metric")
    return tuple(missing[:_MOST_MISSING])


def _judge(
    table: Table,
    fresh: tuple[Track, ...],
    everybody: tuple[Suspect, ...],
    ranked: tuple[Ranked, ...],
    missing: tuple[str, ...],
) -> tuple[Finding, str, tuple[str, ...]]:
    """The verdict, its headline, and what else is missing."""
    if not ranked:
        old = [track for track in fresh if elevated_throughout(track)]
        if old:
            names = ", ".join(sorted({plain(track.service) for track in old}))
            doubt = f"the time before the incident: {names} failed during the whole window"
            return Finding.INCONCLUSIVE, f"Errors of {names} are older than what was looked at.", (doubt,)
        if missing:
            return Finding.INCONCLUSIVE, "Nothing unusual was seen, but not enough was seen.", ()
        return Finding.HEALTHY, "No service is worse than it was at the start of the window.", ()
    first, rivals = ranked[0], ranked[1:]
    name = plain(first.suspect.service)
    if first.suspect.blamed_on:
        return Finding.INCONCLUSIVE, "The services blame each other.", ("traces of single requests",)
    if len(everybody) > 1 and not table.dependencies and first.reason.weight == 0:
        return Finding.INCONCLUSIVE, "Several services are unusual.", ("which service calls which",)
    if rivals and first.score - rivals[0].score < _MARGIN * first.score:
        other = plain(rivals[0].suspect.service)
        doubt = f"what tells {name} from {other}: a deployment, traces or logs"
        return Finding.INCONCLUSIVE, f"{name} and {other} are equally likely.", (doubt,)
    rival = _contradicting(first, rivals, table)
    if rival is not None:
        other = plain(rival.suspect.service)
        doubt = f"what tells {name} from {other}: traces or logs"
        return (
            Finding.INCONCLUSIVE,
            f"{name} does not explain all of {other}, nor the other way round.",
            (doubt,),
        )
    if first.confidence < _SURE:
        return Finding.INCONCLUSIVE, f"{name} is unusual, too little to claim a cause.", ("a longer window",)
    doubts = (
        () if first.reason.weight else (f"why {name} changed: no deployment, memory or load explains it",)
    )
    return Finding.FOUND, f"It began in {name} at {moment(first.suspect.onset):%H:%M:%S}Z.", doubts


def _contradicting(first: Ranked, rivals: tuple[Ranked, ...], table: Table) -> Ranked | None:
    """Who speaks against the first candidate: a wrong remedy is worse than none.

    A service that it calls and that has trouble of its own; or, where the first one's own trouble is felt by
    nobody who asks it directly, a caller with a reason of its own.
    """
    called = reached_from(first.suspect.service, table.dependencies)
    for rival in rivals:
        suspect = rival.suspect
        own_trouble_below = suspect.service in called and suspect.felt and not suspect.blamed_on
        own_reason_above = not first.suspect.felt and suspect.felt and rival.reason.weight > 0
        if own_trouble_below or own_reason_above:
            return rival
    return None


def _symptom(symptom: str, everybody: tuple[Suspect, ...], candidates: tuple[Candidate, ...]) -> str:
    """What was complained about; else what the first candidate's last victim feels."""
    if symptom.strip():
        return plain(symptom)
    felt: list[Anomaly] = [one for suspect in everybody for one in suspect.felt]
    if not felt:
        return candidates[0].evidence[0].description if candidates else ""
    return cite(max(felt, key=lambda one: one.strength)).description


def _fresh(track: Track, end: float) -> bool:
    return track.size > 0 and float(track.times[-1]) >= end - _STALE
