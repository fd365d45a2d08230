"""The figures of `make bench NAME=lab`."""

from datetime import UTC, datetime

import pytest

from bench._lab_tally import EngineTally, RankingTally
from lab.faults.truth import Family, IncidentType
from lab.recording.truth import Ending, RecordedFault, RecordedMoments, RecordedTruth
from lab.topology import Component
from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict

AT = datetime(2026, 5, 1, tzinfo=UTC)
FAULT = RecordedFault(
    kind="dropped-index",
    family=Family.DATABASE,
    components=(Component.POSTGRES,),
    accepted=("postgres", "database"),
    incident_types=(IncidentType.MISSING_INDEX,),
)


def truth(*faults: RecordedFault) -> RecordedTruth:
    return RecordedTruth(
        id="dropped-index-1",
        kind="dropped-index",
        family="database",
        prompt="Customers wait long.",
        ending=Ending.CURE,
        faults=faults,
        moments=RecordedMoments(first=AT, normal=AT, onset=AT, complaint=AT, action=None, end=AT),
    )


def diagnosis(verdict: DiagnosisVerdict, *services: str) -> Diagnosis:
    candidates = (
        Candidate(
            service=service,
            incident_type="missing_index",
            confidence=0.9,
            explanation="",
            evidence=(Citation(id="p#s", description=""),),
        )
        for service in services
    )
    return Diagnosis(verdict=verdict, summary="", root_cause_candidates=tuple(candidates))


def test_any_accepted_name_is_right() -> None:
    """Chance is the expected hit of a guess among the services that are seen."""
    tally, guess = RankingTally(), RankingTally()
    tally.add(["catalog", "database"], truth(FAULT))
    tally.add(["postgres"], truth(FAULT))
    tally.add([], truth(FAULT))
    assert tally.figures() == {"top1": 0.333, "top3": 0.667}
    guess.add_chance(["postgres", "catalog", "orders", "nginx"], truth(FAULT))
    assert guess.figures() == {"top1": 0.25, "top3": 0.75}


def test_claims_verdicts_and_types_are_counted_apart() -> None:
    """A wrong claim is a claim; a right candidate that is not claimed is none."""
    tally = EngineTally()
    tally.add(diagnosis(DiagnosisVerdict.FOUND, "postgres"), truth(FAULT))
    tally.add(diagnosis(DiagnosisVerdict.FOUND, "orders", "postgres"), truth(FAULT))
    tally.add(diagnosis(DiagnosisVerdict.INCONCLUSIVE, "postgres"), truth(FAULT))
    tally.add(diagnosis(DiagnosisVerdict.HEALTHY), truth(FAULT))
    tally.add(diagnosis(DiagnosisVerdict.FOUND, "orders"), truth())
    tally.add_calm(diagnosis(DiagnosisVerdict.HEALTHY))
    figures = tally.figures()
    assert (figures["faults"], figures["healthy"], figures["calm"]) == (4, 1, 1)
    assert (figures["top1"], figures["top3"]) == (0.5, 0.75)
    assert (figures["found"], figures["claims"], figures["claims_right"]) == (0.5, 2, 0.5)
    assert (figures["healthy_said"], figures["types_right"]) == (0.25, 1.0)
    assert (figures["claims_on_healthy"], figures["claims_in_calm"]) == (1.0, 0.0)
    assert figures["ece"] == pytest.approx(0.233, abs=0.001)
