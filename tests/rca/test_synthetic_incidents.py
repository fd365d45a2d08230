"""The engine against generated incidents: a caricature of the shop, not the shop."""

import numpy as np
import pytest
from synthetic_incidents import CHAIN, Incident, evidence, faults, healthy

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plan import ActionKind
from rca.diagnosis import diagnose
from rca.tables import seconds

REMEDY = {
    "bad-deploy-errors": ActionKind.ROLLBACK,
    "bad-deploy-latency": ActionKind.ROLLBACK,
    "leak": ActionKind.RESTART,
    "pool-exhaustion": ActionKind.SCALE,
    "slow-dependency": None,
}


def right(incident: Incident, diagnosis: Diagnosis) -> bool:
    cause = diagnosis.cause
    return (
        cause is not None
        and cause.service == incident.service
        # What runs out with a deployment is its second remedy: tried only where the first one did not help.
        and cause.remediation[:1] == ((remedy,) if (remedy := REMEDY[incident.kind]) else ())
    )


def harmful(incident: Incident, diagnosis: Diagnosis) -> bool:
    """Whether it would do something, and that would not be the cure."""
    cause = diagnosis.cause
    return cause is not None and bool(cause.remediation) and not right(incident, diagnosis)


def test_the_first_candidate_is_right_in_95_percent_of_300_faults() -> None:
    """Service and remedy, over kinds, services, sizes, onsets, gaps and decoys; wrong remedies are rarer."""
    cases = [(one, diagnose("", (evidence(one),))) for one in (*faults(150, seed=1), *faults(150, seed=2))]
    wrong = [one.name for one, diagnosis in cases if not right(one, diagnosis)]
    assert len(wrong) <= 0.05 * len(cases), wrong
    assert [one.name for one, diagnosis in cases if harmful(one, diagnosis)] == []


def test_memory_that_grew_elsewhere_may_cost_the_cause_but_never_does_harm() -> None:
    """A cache that fills before the onset, in another service: inconclusive at worst, no wrong remedy."""
    cases = []
    for incident in faults(100, seed=3):
        dice = np.random.default_rng(incident.seed)
        others = [name for name in CHAIN if name != incident.service]
        grown = growing(incident, others[incident.seed % 2], dice.uniform(10, 28), dice.uniform(5, 25))
        cases.append((incident, diagnose("", (grown,))))
    assert [one.name for one, diagnosis in cases if harmful(one, diagnosis)] == []
    assert sum(right(one, diagnosis) for one, diagnosis in cases) >= 70


def growing(incident: Incident, service: str, mebibytes: float, over: float) -> Evidence:
    """The incident with a service whose memory grows by so much in so many seconds, and stays there."""
    seen = evidence(incident)
    start = seconds(seen.window.start) + incident.onset - incident.seed % 25

    def grown(time: float, value: float | None) -> float | None:
        share = min(1.0, max(0.0, (time - start) / over))
        return None if value is None else value + mebibytes * share * 1024**2

    series = tuple(
        one.model_copy(update={"points": tuple((time, grown(time, value)) for time, value in one.points)})
        if one.id == f"{service}/memory_bytes"
        else one
        for one in seen.series
    )
    return seen.model_copy(update={"series": series})


def test_nothing_is_claimed_of_120_healthy_shops() -> None:
    """Jitter of latency, single error spikes, creeping memory and harmless deployments are no incident."""
    cases = [*healthy(60, seed=1), *healthy(60, seed=2)]
    claimed = [
        one.name for one in cases if diagnose("", (evidence(one),)).verdict is not DiagnosisVerdict.HEALTHY
    ]
    assert claimed == []


def test_the_names_of_services_do_not_matter() -> None:
    """Nothing of the shop is known to the engine."""
    chain = ("a b", "Käse/9", "zz-top", "web")
    for service in chain:
        incident = Incident(kind="bad-deploy-latency", seed=8, service=service, size=1.0, chain=chain)
        assert right(incident, diagnose("", (evidence(incident),))), service


@pytest.mark.parametrize("onset", [20, 40, 60])
def test_the_onset_is_told_within_five_seconds(onset: int) -> None:
    """When matters: deployments are blamed by it."""
    for service in CHAIN:
        incident = Incident(kind="bad-deploy-errors", seed=onset, service=service, size=0.4, onset=onset)
        seen = evidence(incident)
        diagnosis = diagnose("", (seen,))
        assert diagnosis.onset is not None
        assert abs(seconds(diagnosis.onset) - seconds(seen.window.start) - onset) <= 5


def test_a_victim_is_no_cause() -> None:
    """Callers that wait are named as waiting, below the cause."""
    incident = Incident(kind="bad-deploy-latency", seed=3, service="payments", size=1.2)
    first, *others = diagnose("web is slow", (evidence(incident),)).root_cause_candidates
    assert "Waiting for it: checkout, web." in first.explanation
    assert {one.service for one in others} == {"checkout", "web"}
    assert all(one.confidence < 0.3 for one in others)


@pytest.mark.parametrize("kind", ["bad-deploy-errors", "bad-deploy-latency"])
def test_without_a_deployment_nothing_is_proposed(kind: str) -> None:
    """Where it began is known, why is not: no remedy, and what is missing is said."""
    incident = Incident(kind=kind, seed=5, service="payments", size=0.6, deployment_listed=False)  # type: ignore[arg-type]  # a literal from the parameters
    diagnosis = diagnose("", (evidence(incident),))
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == "payments"
    assert diagnosis.cause.remediation == ()
    assert any("why payments changed" in one for one in diagnosis.missing_evidence)


def test_without_calls_who_is_unusual_most_comes_first_and_what_is_missing_is_said() -> None:
    """Who waits for whom is not known: most of what is claimed is right, and what would show it is named."""
    claimed = []
    for incident in faults(50, seed=1):
        diagnosis = diagnose("", (evidence(incident).model_copy(update={"dependencies": ()}),))
        assert "which service calls which" in diagnosis.missing_evidence
        if diagnosis.cause is not None:
            claimed.append(diagnosis.cause.service == incident.service)
    assert sum(claimed) >= 0.8 * len(claimed)
    assert len(claimed) >= 25


def test_saturation_is_scaled() -> None:
    """Slow since its processors are full, no deployment, no leak: more of it helps."""
    incident = Incident(
        kind="bad-deploy-latency", seed=7, service="checkout", size=1.0, deployment_listed=False
    )
    seen = evidence(incident)
    start = seconds(seen.window.start)
    busy = tuple(
        one.model_copy(
            update={
                "points": tuple(
                    (t, 0.98 if t >= start + incident.onset else value) for t, value in one.points
                )
            }
        )
        if one.id == "checkout/cpu_ratio"
        else one
        for one in seen.series
    )
    diagnosis = diagnose("", (seen.model_copy(update={"series": busy}),))
    assert diagnosis.cause is not None
    assert (diagnosis.cause.incident_type, diagnosis.cause.remediation) == (
        "resource_exhaustion",
        (ActionKind.SCALE,),
    )


def test_the_same_evidence_has_the_same_answer() -> None:
    """Whatever the order of series and pages, and however often one was visited."""
    seen = evidence(Incident(kind="leak", seed=9, service="checkout", size=3.0))
    turned = seen.model_copy(update={"series": seen.series[::-1], "changes": seen.changes[::-1]})
    assert diagnose("x", (seen,)) == diagnose("x", (turned, seen))


def test_a_slow_provider_is_named_with_advice_and_without_a_remedy() -> None:
    """Cause found; nothing of the catalog helps, and what people can do is said."""
    incident = Incident(kind="slow-dependency", seed=10, service="payments", size=0.8, decoy=-12)
    diagnosis = diagnose("", (evidence(incident),))
    assert diagnosis.cause is not None
    assert (diagnosis.cause.incident_type, diagnosis.cause.remediation) == ("dependency_failure", ())
    assert "contact the provider" in diagnosis.summary
    assert diagnosis.missing_evidence == ()


def test_busy_is_not_full() -> None:
    """A slow service uses more of its pool; only a pool of which nothing is left is a reason to scale."""
    incident = Incident(
        kind="bad-deploy-latency", seed=11, service="checkout", size=1.2, deployment_listed=False
    )
    seen = evidence(incident)
    busy = tuple(
        one.model_copy(
            update={
                "points": tuple(
                    (time, 24.0 if time >= seconds(seen.window.start) + incident.onset else value)
                    for time, value in one.points
                )
            }
        )
        if one.id == "checkout/pool_in_use"
        else one
        for one in seen.series
    )
    cause = diagnose("", (seen.model_copy(update={"series": busy}),)).cause
    assert cause is not None
    assert (cause.service, cause.remediation) == ("checkout", ())
