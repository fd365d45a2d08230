"""If an action does not help, it is undone and the next candidate is tried."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission

from missions.approval import AfterDenial, VoteChoice
from missions.diagnosis import Candidate, Citation
from missions.event import ApprovalOpened, Verified
from missions.mission import Outcome
from missions.plan import ActionKind
from missions.proposal import Effect, RiskLevel
from missions.verification import Recovery
from workflows.policies import MAX_CANDIDATES

Start = Callable[..., Awaitable[RunningMission]]
SOON = (timedelta(milliseconds=1),)


@pytest.fixture(autouse=True)
def two_causes(world: MemoryWorld) -> None:
    """Checkout's deployment is the first cause, a leak in payments the second; one visit verifies each."""
    leak = (
        sample.diagnosis().root_cause_candidates[0].model_copy(update={"remediation": (ActionKind.RESTART,)})
    )
    deploy = Candidate(
        service="checkout",
        incident_type="bad_deployment",
        confidence=0.9,
        explanation="Checkout was deployed shortly before.",
        evidence=(Citation(id="checkout/errors", description="30 %", before=0.0, after=0.3, unit="ratio"),),
        remediation=(ActionKind.ROLLBACK,),
    )
    second = leak.model_copy(update={"confidence": 0.4})
    world.diagnoser.diagnosis = sample.diagnosis(root_cause_candidates=(deploy, second))
    world.actuator.targets["checkout"] = sample.state(service="checkout")
    world.connectors.registered = [sample.connector(settling=SOON)]


def effects_of(world: MemoryWorld) -> list[str]:
    return [action.words for _, action in world.actuator.effects]


async def test_wrong_first_candidate(start: Start, world: MemoryWorld) -> None:
    """An action without recovery is undone under its own approval, and the second candidate recovers."""
    world.diagnoser.comparisons = [
        sample.verification(Recovery.NOT_RECOVERED),
        sample.verification(Recovery.RECOVERED),
    ]
    mission = await start()
    first = await mission.answer(VoteChoice.APPROVED)
    assert [alternative.words for alternative in first.proposal.alternatives] == ["restart payments"]
    back = await mission.answer(VoteChoice.APPROVED, times=2)
    second = await mission.answer(VoteChoice.APPROVED, times=3)
    assert await mission.end() is Outcome.RECOVERED
    assert effects_of(world) == [
        "rollback checkout (revision=1)",
        "rollback checkout (revision=2)",
        "restart payments",
    ]
    assert (world.actuator.targets["checkout"].revision, back.proposal.undoes) == (2, first.id)
    assert [key for key, _ in world.actuator.effects] == [
        str(approval.id) for approval in (first, back, second)
    ]
    assert all(row.consumed_at for row in world.desk.rows.values())
    payloads = world.journal.payloads(mission.brief.mission_id)
    verified = [
        (payload.approval_id, payload.verification.recovery)
        for payload in payloads
        if isinstance(payload, Verified)
    ]
    assert verified == [(first.id, Recovery.NOT_RECOVERED), (second.id, Recovery.RECOVERED)]
    assert world.diagnoser.compared_since == sorted(set(world.diagnoser.compared_since))


async def test_nothing_helps(start: Start, world: MemoryWorld) -> None:
    """If no action helps, each one that can be undone is, and the mission ends as NOT_RECOVERED."""
    world.diagnoser.comparisons = [sample.verification(Recovery.NOT_RECOVERED)]
    mission = await start()
    for times in (1, 2, 3):
        await mission.answer(VoteChoice.APPROVED, times=times)
    assert await mission.end() is Outcome.NOT_RECOVERED
    assert effects_of(world) == [
        "rollback checkout (revision=1)",
        "rollback checkout (revision=2)",
        "restart payments",
    ]
    assert "restart payments cannot be undone" in mission.closed.reason
    assert mission.closed.reason.startswith("the numbers say not_recovered")


async def test_rollback_denied(start: Start, world: MemoryWorld) -> None:
    """If the undo is denied, the change stays, and the mission's reason names both."""
    world.diagnoser.comparisons = [sample.verification(Recovery.NOT_RECOVERED)]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await mission.answer(VoteChoice.DENIED, times=2, notes="leave it")
    assert await mission.end() is Outcome.NOT_RECOVERED
    assert effects_of(world) == ["rollback checkout (revision=1)"]
    assert "rollback checkout (revision=2) was not approved" in mission.closed.reason
    assert "leave it" in mission.closed.reason


async def test_rollback_refused(start: Start, world: MemoryWorld) -> None:
    """If the policy refuses the undo, it is not run, and the next candidate follows."""
    world.diagnoser.comparisons = [
        sample.verification(Recovery.NOT_RECOVERED),
        sample.verification(Recovery.RECOVERED),
    ]
    world.gateway.of_undoing = sample.verdict(Effect.DENY)
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await mission.answer(VoteChoice.APPROVED, times=2)
    assert await mission.end() is Outcome.RECOVERED
    assert effects_of(world) == ["rollback checkout (revision=1)", "restart payments"]


async def test_rollback_by_rule(start: Start, world: MemoryWorld) -> None:
    """If a rule allows the undo, it needs no vote, and the rule's name is recorded."""
    world.diagnoser.comparisons = [
        sample.verification(Recovery.NOT_RECOVERED),
        sample.verification(Recovery.RECOVERED),
    ]
    world.gateway.of_undoing = sample.verdict(Effect.ALLOW, RiskLevel.LOW).model_copy(update={"rule": "undo"})
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await mission.answer(VoteChoice.APPROVED, times=3)
    assert await mission.end() is Outcome.RECOVERED
    opened = [
        payload
        for payload in world.journal.payloads(mission.brief.mission_id)
        if isinstance(payload, ApprovalOpened)
    ]
    assert [(event.status, event.rule) for event in opened] == [
        ("PENDING", "a-rule"),
        ("APPROVED", "undo"),
        ("PENDING", "a-rule"),
    ]


async def test_denied_next(start: Start, world: MemoryWorld) -> None:
    """A denial may ask for the next candidate, which is then proposed, approved and run."""
    mission = await start()
    await mission.answer(VoteChoice.DENIED, then=AfterDenial.NEXT)
    second = await mission.answer(VoteChoice.APPROVED, times=2)
    assert second.proposal.action.words == "restart payments"
    assert await mission.end() is Outcome.RECOVERED
    assert effects_of(world) == ["restart payments"]


async def test_denied_to_the_last(start: Start, world: MemoryWorld) -> None:
    """If every candidate is denied, the mission ends as DENIED without any action."""
    mission = await start()
    for times in (1, 2):
        await mission.answer(VoteChoice.DENIED, times=times, then=AfterDenial.NEXT)
    assert await mission.end() is Outcome.DENIED
    assert effects_of(world) == []


async def test_the_budget_of_candidates(start: Start, world: MemoryWorld) -> None:
    """At most MAX_CANDIDATES causes lead to a proposal, even if the engine names more."""
    (leak,) = sample.diagnosis().root_cause_candidates
    names = [f"service{number}" for number in range(MAX_CANDIDATES + 2)]
    causes = tuple(leak.model_copy(update={"service": name}) for name in names)
    world.diagnoser.diagnosis = sample.diagnosis(root_cause_candidates=causes)
    world.actuator.targets |= {name: sample.state(service=name) for name in names}
    mission = await start()
    for times in range(1, MAX_CANDIDATES + 1):
        await mission.answer(VoteChoice.DENIED, times=times, then=AfterDenial.NEXT)
    assert await mission.end() is Outcome.DENIED
    assert len(world.desk.rows) == MAX_CANDIDATES
