"""Missions in the lab are judged by its truth; drawn incidents are repeatable."""

from typing import Any

import pytest

from lab.faults.registry import FAULTS
from lab.faults.truth import Family, IncidentType, LabAction, Truth
from lab.incident import draw, impossible_faults
from lab.judgement import LabApprover, LabResult, LabTally
from lab.operations.change import Change
from lab.topology import INSTANCES, Component
from missions.plan import ActionKind

ROLLBACK = LabAction(ActionKind.ROLLBACK, "catalog")
FAULT = Truth(
    kind="exception",
    family=Family.RELEASE,
    components=(Component.CATALOG,),
    accepted=("catalog", "catalog-1"),
    incident_types=(IncidentType.BAD_DEPLOYMENT,),
    helps=(ROLLBACK,),
)
HEALTHY = Truth(
    kind="none", family=Family.HEALTHY, components=(), accepted=(), incident_types=(), healthy=True
)


def summary(**other: Any) -> dict[str, Any]:
    claim = {"verdict": "found", "cause": "catalog", "type": "bad_deployment", "outcome": "recovered"}
    return claim | {"action": "rollback catalog"} | other


def change(kind: str = "rollback", service: str = "catalog") -> Change:
    return Change(time=1.0, service=service, kind=kind, who="ssh", key="a")


def tally(*results: LabResult) -> LabTally:
    counts = LabTally()
    for result in results:
        counts.add(result)
    return counts


def test_a_right_mission_has_no_mistakes() -> None:
    """The right component, the action that helps, and a recovery that the system shows."""
    result = LabResult(FAULT, summary(), (change(),), recovered=True)
    assert result.mistakes() == []
    counts = tally(result)
    assert (counts.right_component, counts.right_type, counts.right_action, counts.recovered_true) == (1,) * 4
    assert counts.passed


def test_an_action_that_was_denied_is_not_missed() -> None:
    """With `APPROVE=no` a right diagnosis is right."""
    assert LabResult(FAULT, summary(outcome="denied")).mistakes(denied=True) == []


@pytest.mark.parametrize(
    ("result", "mistake"),
    [
        (LabResult(FAULT, summary(cause="orders"), (change(),), recovered=True), "orders was named"),
        (LabResult(FAULT, summary(), (change("restart"),)), "does not help"),
        (LabResult(FAULT, summary(outcome="denied")), "what helps was not done"),
        (LabResult(FAULT, summary(), (change(),), recovered=False), "says recovered"),
        (LabResult(FAULT, summary(outcome="unknown"), (change(),), recovered=True), "says unknown"),
        (LabResult(FAULT, summary(), (change(),), recovered=True, unapproved=1), "no approval"),
        (LabResult(HEALTHY, summary()), "nothing is at fault"),
    ],
)
def test_each_mistake_is_named(result: LabResult, mistake: str) -> None:
    """A wrong claim, action, recovery or approval is a mistake."""
    assert any(mistake in sentence for sentence in result.mistakes()), result.mistakes()


def test_a_healthy_lab_wants_silence() -> None:
    """Naming nothing is right; naming anything is a claim on a healthy lab, and no wrong claim."""
    silent = LabResult(
        HEALTHY, summary(verdict="inconclusive", cause=None, type=None, outcome="inconclusive")
    )
    assert silent.mistakes() == []
    counts = tally(silent, LabResult(HEALTHY, summary(outcome="denied")))
    assert (counts.missions, counts.right_component) == (2, 1)
    assert (counts.claims_on_healthy, counts.wrong_claims) == (1, 0)


def test_wrong_and_unapproved_actions_fail_the_run() -> None:
    """Each of them is counted, not only the mission."""
    wrong = LabResult(FAULT, summary(), (change("restart"), change("scale", "orders")))
    assert tally(wrong).wrong_actions == 2
    assert not tally(wrong).passed
    assert not tally(LabResult(FAULT, summary(), (change(),), recovered=True, unapproved=1)).passed


def test_the_careful_person_approves_only_what_helps() -> None:
    """The same kind of action on another service is denied."""
    approver = LabApprover(FAULT)
    for kind, service, agreed in (("rollback", "catalog", True), ("rollback", "orders", False)):
        card = {"proposal": {"action": {"kind": kind, "service": service}}}
        assert approver.answer(card)[0] is agreed


def test_a_seed_is_one_incident_and_a_round_has_every_kind() -> None:
    """As many seeds as possible kinds draw each once; a harmless change is never at the faulty service."""
    possible = set(FAULTS) - set(impossible_faults())
    incidents = [draw("random", seed, decoys=True) for seed in range(len(possible))]
    assert {incident.fault.kind for incident in incidents} == possible
    assert any(incident.decoys for incident in incidents)
    for incident in incidents:
        again = draw("random", incident.seed, decoys=True)
        assert str(again) == str(incident)
        assert again.wait_s == incident.wait_s
        assert 60 <= incident.wait_s <= 120
        for decoy in incident.decoys:
            assert decoy.service not in (*incident.fault.components, *incident.fault.accepted)
            assert INSTANCES[decoy.service] > 1  # the only instance would be missed


def test_a_kind_that_the_machine_cannot_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, also where many missions ask for it; at random it is not drawn."""
    monkeypatch.setattr(FAULTS["packet-loss"], "possible", lambda _: "the kernel has no netem")
    with pytest.raises(RuntimeError, match="packet-loss is not possible here: the kernel has no netem"):
        draw("packet-loss", 1, decoys=True)
