import pytest
from synthetic_incidents import START, Incident, Kind, aftermath, evidence

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.verification import AppliedAction, Recovery
from rca.diagnosis import diagnose
from rca.verification import compare

ACTION = AppliedAction(service="", ended_at=START)
FAULTS: list[tuple[Kind, float]] = [
    ("bad-deploy-errors", 0.4),
    ("bad-deploy-latency", 1.0),
    ("leak", 3.0),
    ("pool-exhaustion", 1.2),
]


def cases() -> list[Incident]:
    return [
        Incident(kind=kind, seed=seed, service=service, size=size)
        for kind, size in FAULTS
        for service in ("web", "checkout", "payments")
        for seed in (1, 2, 3)
    ]


@pytest.mark.parametrize("incident", cases(), ids=lambda incident: incident.name)
def test_an_incident_is_recovered_exactly_if_it_is_over(incident: Incident) -> None:
    """A mission is recovered if every cited series is near normal, and not while the fault goes on."""
    before = (evidence(incident),)
    diagnosis = diagnose("", before)
    cured = compare(diagnosis, before, (aftermath(incident, cured=True),), ACTION)
    assert cured.recovery is Recovery.RECOVERED, cured
    assert all(
        comparison.normal is not None and comparison.after is not None for comparison in cured.comparisons
    )
    assert (
        compare(diagnosis, before, (aftermath(incident, cured=False),), ACTION).recovery
        is Recovery.NOT_RECOVERED
    )


@pytest.mark.parametrize("incident", cases()[::3], ids=lambda incident: incident.name)
def test_missing_evidence_is_never_recovered(incident: Incident) -> None:
    """Too few samples, no traffic, no pages or the old panels again are never a recovery."""
    before = (evidence(incident),)
    diagnosis = diagnose("", before)
    for after in (
        (aftermath(incident, cured=True, seconds=12),),
        (aftermath(incident, cured=True, idle=True),),
        (),
        before,
    ):
        assert compare(diagnosis, before, after, ACTION).recovery is not Recovery.RECOVERED


@pytest.mark.parametrize(("share", "recovery"), [(0.68, Recovery.RECOVERED), (0.95, Recovery.NOT_RECOVERED)])
def test_a_pool_has_recovered_when_it_has_room(share: float, recovery: Recovery) -> None:
    """After scaling, a larger share of a larger pool is in use than before, and it is not full."""
    incident = Incident(kind="pool-exhaustion", seed=12, service="checkout", size=1.2)
    before = (evidence(incident),)
    cured, edge = aftermath(incident, cured=True), before[0].window.end.timestamp()
    wide = {"checkout/pool_size": 60.0, "checkout/pool_in_use": 60.0 * share}
    series = tuple(
        series.model_copy(
            update={
                "points": tuple((t, wide[series.id] if t > edge else value) for t, value in series.points)
            }
        )
        if series.id in wide
        else series
        for series in cured.series
    )
    diagnosis = diagnose("", before)
    assert diagnosis.cause is not None
    assert "checkout/pool_in_use" in {citation.id for citation in diagnosis.cause.evidence}
    assert (
        compare(diagnosis, before, (cured.model_copy(update={"series": series}),), ACTION).recovery
        is recovery
    )


def test_one_bad_series_is_enough_not_to_be_recovered() -> None:
    """One cited series that is still bad prevents a recovery."""
    incident = Incident(kind="bad-deploy-latency", seed=4, service="payments", size=1.0)
    before = (evidence(incident),)
    cured, ill = aftermath(incident, cured=True), aftermath(incident, cured=False)
    mixed = tuple(
        bad if bad.service == "web" else good for good, bad in zip(cured.series, ill.series, strict=True)
    )
    verification = compare(
        diagnose("", before), before, (cured.model_copy(update={"series": mixed}),), ACTION
    )
    assert verification.recovery is Recovery.STILL_BAD_ELSEWHERE
    assert "web" in verification.reason


def test_a_diagnosis_that_cites_no_series_is_unknown() -> None:
    """A diagnosis without cited series leads to UNKNOWN, because there is nothing to compare."""
    healthy = Incident(kind="healthy", seed=1)
    empty = Diagnosis(verdict=DiagnosisVerdict.INCONCLUSIVE, summary="")
    verification = compare(empty, (evidence(healthy),), (aftermath(healthy, cured=True),), ACTION)
    assert verification.recovery is Recovery.UNKNOWN
    assert verification.comparisons == ()


def test_an_engine_without_cited_series_is_verified_by_the_anomalous_ones() -> None:
    """Its citations name no series, so all anomalous series must be back to normal."""
    incident = Incident(kind="bad-deploy-errors", seed=6, service="checkout", size=0.4)
    before = (evidence(incident),)
    uncited = Diagnosis(
        verdict=DiagnosisVerdict.FOUND, summary="checkout fails", onset=diagnose("", before).onset
    )
    assert compare(uncited, before, (aftermath(incident, cured=True),), ACTION).recovery is Recovery.RECOVERED
    assert (
        compare(uncited, before, (aftermath(incident, cured=False),), ACTION).recovery
        is Recovery.NOT_RECOVERED
    )


def test_a_cited_series_without_an_anomaly_does_not_prevent_recovery() -> None:
    """Single failures are evidence for the cause, but their end cannot be observed."""
    incident = Incident(kind="bad-deploy-latency", seed=4, service="payments", size=1.0)
    before = (evidence(incident),)
    diagnosis = diagnose("", before)
    (first, *others) = diagnosis.root_cause_candidates
    single = first.evidence[-1].model_copy(update={"id": "checkout/error_ratio", "before": 0.0, "after": 0.0})
    cited = first.model_copy(update={"evidence": (*first.evidence, single)})
    more = diagnosis.model_copy(update={"root_cause_candidates": (cited, *others)})
    assert compare(more, before, (aftermath(incident, cured=True),), ACTION).recovery is Recovery.RECOVERED
    assert (
        compare(more, before, (aftermath(incident, cured=False),), ACTION).recovery is Recovery.NOT_RECOVERED
    )
