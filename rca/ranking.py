"""Which suspect first, and how sure: candidates with their proof and a confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from missions.diagnosis import Candidate, Citation
from missions.evidence import Change
from rca.attribution import Suspect
from rca.incidents import Reason, reason_of
from rca.tables import Table
from rca.wording import cite, cite_change, cite_log, explain, first_errors

_VICTIM = 0.3  # what remains of a suspect whose symptoms its callees explain
_MOST = 5
_VICTIMS_CITED = 4


@dataclass(frozen=True)
class Ranked:
    """A suspect with its reason; `score` orders, `confidence` 0..1 is told."""

    suspect: Suspect
    reason: Reason
    score: float
    confidence: float = 0.0


def rank(suspects: Sequence[Suspect], changes: tuple[Change, ...]) -> tuple[Ranked, ...]:
    """Best first; equal scores by the earlier onset."""
    scored = [_scored(suspect, len(suspects), changes) for suspect in suspects]
    scored.sort(key=lambda one: (-round(one.score, 2), one.suspect.onset, one.suspect.service))
    return tuple(
        _judged(one, scored[:place] + scored[place + 1 :]) for place, one in enumerate(scored[:_MOST])
    )


def candidate(ranked: Ranked, everybody: Sequence[Suspect], table: Table) -> Candidate:
    """The candidate with its citations. Raises ValueError where there would be none."""
    suspect, reason = ranked.suspect, ranked.reason
    evidence = [cite(one) for one in reason.anomalies]
    if reason.change is not None:
        evidence.append(cite_change(reason.change))
    evidence += [
        cite_log(line) for line in first_errors(table, suspect.onset) if line.service == suspect.service
    ]
    # What its victims feel is cited as well: verification has to see it end.
    waiting = [one for one in everybody if one.service in suspect.victims][:_VICTIMS_CITED]
    evidence += [cite(symptom) for one in waiting for symptom in one.felt]
    return Candidate(
        service=suspect.service,
        incident_type=reason.incident_type,
        confidence=round(ranked.confidence, 2),
        explanation=explain(suspect, reason),
        evidence=_once(evidence),
        speaks_for=_once(evidence),
        remediation=reason.remediation,
    )


def _scored(suspect: Suspect, anomalous: int, changes: tuple[Change, ...]) -> Ranked:
    reason = reason_of(suspect, changes)
    coverage = (1 + len(suspect.victims)) / anomalous
    score = _strength(suspect) * (0.3 + 0.7 * coverage) + 0.5 * reason.weight
    return Ranked(suspect, reason, score * (_VICTIM if suspect.blamed_on else 1.0))


def _judged(ranked: Ranked, others: Sequence[Ranked]) -> Ranked:
    rival = max((other.score for other in others), default=0.0)
    margin = max(0.0, 1 - rival / ranked.score) if ranked.score > 0 else 0.0
    sure = _strength(ranked.suspect) * (0.55 + 0.25 * ranked.reason.weight + 0.2 * margin)
    if ranked.suspect.blamed_on:
        sure *= _VICTIM
    return Ranked(ranked.suspect, ranked.reason, ranked.score, min(sure, 0.99))


def _strength(suspect: Suspect) -> float:
    """0..1 of the strongest anomaly: 0.6 where it just counts as one, 0.95 at five times that."""
    return float(1 - np.exp(-(0.4 + 0.52 * max(one.strength for one in suspect.anomalies))))


def _once(evidence: Sequence[Citation]) -> tuple[Citation, ...]:
    return tuple({one.id: one for one in reversed(evidence)}.values())[::-1]
