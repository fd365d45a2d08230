"""The engine on generated incidents of a simplified shop, as its pages show them."""

import numpy as np
import pytest
from synthetic_incidents import CHAIN, Incident, evidence, faults, healthy

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plan import ActionKind
from rca.diagnosis import diagnose
from rca.times import epoch_seconds

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
        # The remedy of a resource that a deployment used up comes second: it is tried if the first one fails.
        and cause.remediation[:1] == ((remedy,) if (remedy := REMEDY[incident.kind]) else ())
    )


def harmful(incident: Incident, diagnosis: Diagnosis) -> bool:
    """Whether the diagnosis has remedies, and the right one is not among them.

    After a deployment that may be innocent a rollback comes first, and what the used up resource needs next.
    """
    cause = diagnosis.cause
    if cause is None or not cause.remediation:
        return False
    return cause.service != incident.service or REMEDY[incident.kind] not in cause.remediation


def test_the_first_candidate_is_right_in_95_percent_of_300_faults() -> None:
    """The service and the remedy are right for all kinds, sizes, gaps and decoys; no remedy is wrong."""
    cases = [
        (incident, diagnose("", (evidence(incident),)))
        for incident in (*faults(150, seed=1), *faults(150, seed=2))
    ]
    wrong = [incident.name for incident, diagnosis in cases if not right(incident, diagnosis)]
    assert len(wrong) <= 0.05 * len(cases), wrong
    assert [incident.name for incident, diagnosis in cases if harmful(incident, diagnosis)] == []


def test_memory_growth_in_another_service_leads_to_no_wrong_remedy() -> None:
    """If a cache of another service fills before the onset, no remedy is wrong; it may be inconclusive."""
    cases = []
    for incident in faults(100, seed=3):
        rng = np.random.default_rng(incident.seed)
        others = [name for name in CHAIN if name != incident.service]
        grown = growing(incident, others[incident.seed % 2], rng.uniform(10, 28), rng.uniform(5, 25))
        cases.append((incident, diagnose("", (grown,))))
    assert [incident.name for incident, diagnosis in cases if harmful(incident, diagnosis)] == []
    assert sum(right(incident, diagnosis) for incident, diagnosis in cases) >= 70


def growing(incident: Incident, service: str, mebibytes: float, over: float) -> Evidence:
    """The incident with a service whose memory grows by `mebibytes` over `over` seconds, and stays there."""
    seen = evidence(incident)
    start = epoch_seconds(seen.window.start) + incident.onset - incident.seed % 25

    def grown(time: float, value: float | None) -> float | None:
        share = min(1.0, max(0.0, (time - start) / over))
        return None if value is None else value + mebibytes * share * 1024**2

    series = tuple(
        series.model_copy(
            update={"points": tuple((time, grown(time, value)) for time, value in series.points)}
        )
        if series.id == f"{service}/memory_bytes"
        else series
        for series in seen.series
    )
    return seen.model_copy(update={"series": series})


def test_no_cause_is_claimed_in_120_healthy_shops() -> None:
    """Jitter of latency, single error spikes, creeping memory and harmless deployments are no incident."""
    cases = [*healthy(60, seed=1), *healthy(60, seed=2)]
    verdicts = {incident.name: diagnose("", (evidence(incident),)).verdict for incident in cases}
    assert [name for name, verdict in verdicts.items() if verdict is DiagnosisVerdict.FOUND] == []
    healthy_ones = sum(verdict is DiagnosisVerdict.HEALTHY for verdict in verdicts.values())
    assert healthy_ones >= 0.75 * len(verdicts), "the others are inconclusive"


def test_the_names_of_services_do_not_matter() -> None:
    """The diagnosis does not depend on the services' names."""
    chain = ("a b", "Käse/9", "zz-top", "web")
    for service in chain:
        incident = Incident(kind="bad-deploy-latency", seed=8, service=service, size=1.0, chain=chain)
        assert right(incident, diagnose("", (evidence(incident),))), service


@pytest.mark.parametrize("onset", [20, 40, 60])
def test_the_onset_is_exact_to_five_seconds(onset: int) -> None:
    """The onset is exact, because it relates deployments to the incident."""
    for service in CHAIN:
        incident = Incident(kind="bad-deploy-errors", seed=onset, service=service, size=0.4, onset=onset)
        seen = evidence(incident)
        diagnosis = diagnose("", (seen,))
        assert diagnosis.onset is not None
        assert abs(epoch_seconds(diagnosis.onset) - epoch_seconds(seen.window.start) - onset) <= 5


def test_an_affected_caller_is_no_cause() -> None:
    """Waiting callers are listed as affected, and rank below the cause."""
    incident = Incident(kind="bad-deploy-latency", seed=3, service="payments", size=1.2)
    first, *others = diagnose("web is slow", (evidence(incident),)).root_cause_candidates
    assert "Affected callers: checkout, web." in first.explanation
    assert {candidate.service for candidate in others} == {"checkout", "web"}
    assert all(candidate.confidence < 0.3 for candidate in others)


@pytest.mark.parametrize("kind", ["bad-deploy-errors", "bad-deploy-latency"])
def test_without_a_deployment_nothing_is_proposed(kind: str) -> None:
    """If the reason of a change is unknown, there is no remedy, and the missing evidence is listed."""
    incident = Incident(kind=kind, seed=5, service="payments", size=0.6, deployment_listed=False)  # type: ignore[arg-type]  # a literal from the parameters
    diagnosis = diagnose("", (evidence(incident),))
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == "payments"
    assert diagnosis.cause.remediation == ()
    assert any("why payments changed" in missing for missing in diagnosis.missing_evidence)


def test_without_calls_the_largest_deviation_comes_first_and_the_graph_is_missing() -> None:
    """Most claims are right, and the call graph is listed as missing evidence."""
    claimed = []
    for incident in faults(50, seed=1):
        diagnosis = diagnose("", (evidence(incident).model_copy(update={"dependencies": ()}),))
        assert "which service calls which" in diagnosis.missing_evidence
        if diagnosis.cause is not None:
            claimed.append(diagnosis.cause.service == incident.service)
    assert sum(claimed) >= 0.8 * len(claimed)
    assert len(claimed) >= 25


def test_a_saturated_service_is_scaled() -> None:
    """A service with full CPUs, without a deployment or a leak, is scaled."""
    incident = Incident(
        kind="bad-deploy-latency", seed=7, service="checkout", size=1.0, deployment_listed=False
    )
    seen = evidence(incident)
    start = epoch_seconds(seen.window.start)
    busy = tuple(
        series.model_copy(
            update={
                "points": tuple(
                    (t, 0.98 if t >= start + incident.onset else value) for t, value in series.points
                )
            }
        )
        if series.id == "checkout/cpu_ratio"
        else series
        for series in seen.series
    )
    diagnosis = diagnose("", (seen.model_copy(update={"series": busy}),))
    assert diagnosis.cause is not None
    assert (diagnosis.cause.incident_type, diagnosis.cause.remediation) == (
        "resource_exhaustion",
        (ActionKind.SCALE,),
    )


def test_the_same_evidence_has_the_same_diagnosis() -> None:
    """The order of series and pages and repeated visits do not change the diagnosis."""
    seen = evidence(Incident(kind="leak", seed=9, service="checkout", size=3.0))
    turned = seen.model_copy(update={"series": seen.series[::-1], "changes": seen.changes[::-1]})
    assert diagnose("x", (seen,)) == diagnose("x", (turned, seen))


def test_a_slow_provider_is_named_with_advice_and_without_a_remedy() -> None:
    """The cause is found, no action of the catalog helps, and the summary says what people can do."""
    incident = Incident(kind="slow-dependency", seed=10, service="payments", size=0.8, decoy=-12)
    diagnosis = diagnose("", (evidence(incident),))
    assert diagnosis.cause is not None
    assert (diagnosis.cause.incident_type, diagnosis.cause.remediation) == ("dependency_failure", ())
    assert "contact the provider" in diagnosis.summary
    assert diagnosis.missing_evidence == ()


def test_a_busy_pool_is_not_a_full_one() -> None:
    """A slow service uses more of its pool; only a full pool is a reason to scale."""
    incident = Incident(
        kind="bad-deploy-latency", seed=11, service="checkout", size=1.2, deployment_listed=False
    )
    seen = evidence(incident)
    busy = tuple(
        series.model_copy(
            update={
                "points": tuple(
                    (time, 24.0 if time >= epoch_seconds(seen.window.start) + incident.onset else value)
                    for time, value in series.points
                )
            }
        )
        if series.id == "checkout/pool_in_use"
        else series
        for series in seen.series
    )
    cause = diagnose("", (seen.model_copy(update={"series": busy}),)).cause
    assert cause is not None
    assert (cause.service, cause.remediation) == ("checkout", ())
