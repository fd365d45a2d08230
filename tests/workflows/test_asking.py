"""While an approval is open, targets change, reminders are sent, and people withdraw their votes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission

from missions.approval import ApprovalStatus, VoteChoice
from missions.errors import ForbiddenError, NotFoundError
from missions.event import ApprovalReminded
from missions.mission import Outcome
from missions.proposal import Effect, PolicyVerdict, Refusal, RiskLevel
from missions.reminder import Urgency
from workflows.policies import MAX_APPROVALS

Start = Callable[..., Awaitable[RunningMission]]


async def test_re_asked(start: Start, world: MemoryWorld) -> None:
    """If the target changed, the approved action is not run: a new approval shows the differences."""
    mission = await start()
    first = await mission.asked()
    world.actuator.now = sample.state(generation=4, replicas=5)
    await mission.answer(VoteChoice.APPROVED)
    second = await mission.answer(VoteChoice.APPROVED, times=2)
    assert second.action_hash != first.action_hash
    assert [
        (difference.field, difference.now, difference.proposed) for difference in second.proposal.changed
    ] == [
        ("generation", 3, 4),
        ("replicas", 2, 5),
    ]
    assert second.proposal.blast_radius.startswith("5 replicas")
    assert await mission.end() is Outcome.RECOVERED
    assert [key for key, _ in world.actuator.effects] == [str(second.id)]
    assert world.desk.row(first.id).status is ApprovalStatus.CANCELLED
    assert world.desk.row(first.id).consumed_at is None


async def test_re_asked_in_vain(start: Start, world: MemoryWorld) -> None:
    """A mission whose target changes after each approval ends after MAX_APPROVALS, and gives the reason."""
    mission = await start()
    for times in range(1, MAX_APPROVALS + 1):
        await mission.asked(times)
        world.actuator.now = sample.state(generation=3 + times)
        await mission.answer(VoteChoice.APPROVED, times=times)
    assert await mission.end() is Outcome.NOT_DONE
    assert f"{MAX_APPROVALS} approvals" in mission.closed.reason
    assert world.actuator.effects == []


async def test_re_asked_by_rule(start: Start, world: MemoryWorld) -> None:
    """If the target changed, an action that a rule allowed is put to the policy again."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    world.notifier.gate.shut()
    mission = await start()
    await world.notifier.gate.reached()
    world.actuator.now = sample.state(generation=4)
    world.notifier.gate.open()
    assert await mission.end() is Outcome.RECOVERED
    assert [row.proposal.pre_state.generation for row in world.desk.rows.values()] == [3, 4]
    assert len(world.actuator.effects) == 1


async def test_ap9_re_asked_by_a_stricter_policy(start: Start, world: MemoryWorld) -> None:
    """If the policy asks for two people by now, one is not enough: a new approval needs two."""
    mission = await start()
    first = await mission.asked()
    world.gateway.verdict = sample.verdict(risk=RiskLevel.HIGH)
    await mission.answer(VoteChoice.APPROVED)
    second = await mission.asked(2)
    assert (first.quorum, second.quorum, second.risk) == (1, 2, RiskLevel.HIGH)
    assert second.proposal.pre_state == first.proposal.pre_state
    await mission.answer(VoteChoice.APPROVED, sample.person(), sample.person(), times=2)
    assert await mission.end() is Outcome.RECOVERED
    assert [key for key, _ in world.actuator.effects] == [str(second.id)]
    assert world.desk.row(first.id).status is ApprovalStatus.CANCELLED
    assert world.desk.row(first.id).consumed_at is None


async def test_ap9_re_asked_in_vain_by_a_policy_that_changes(start: Start, world: MemoryWorld) -> None:
    """A mission whose policy asks for more after each approval ends after MAX_APPROVALS."""
    mission = await start()
    people = [sample.person(), sample.person()]
    stricter = [sample.verdict(risk=risk) for risk in (RiskLevel.HIGH, RiskLevel.CRITICAL)]
    stricter.append(stricter[-1].model_copy(update={"group": "dba"}))
    assert len(stricter) == MAX_APPROVALS
    for times, verdict in enumerate(stricter, start=1):
        approval = await mission.asked(times)
        world.gateway.verdict = verdict
        await mission.answer(VoteChoice.APPROVED, *people[: approval.quorum], times=times)
    assert await mission.end() is Outcome.NOT_DONE
    assert f"{MAX_APPROVALS} approvals" in mission.closed.reason
    assert world.actuator.effects == []


async def test_ap9_a_question_of_the_same_content_is_asked_again(
    start: Start, world: MemoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the policy was stricter only while the executor asked it, there is a new approval all the same."""
    mission = await start()
    first = await mission.asked()
    lenient, strict = world.gateway.verdict, sample.verdict(risk=RiskLevel.HIGH)
    verdicts = [strict, lenient, lenient]

    async def assess(*_: object) -> PolicyVerdict:
        return verdicts.pop(0)

    monkeypatch.setattr(world.gateway, "assess", assess)
    await mission.answer(VoteChoice.APPROVED)
    second = await mission.answer(VoteChoice.APPROVED, times=2)
    assert (second.proposal, second.verdict) == (first.proposal, first.verdict)
    assert second.id != first.id
    assert await mission.end() is Outcome.RECOVERED
    assert [key for key, _ in world.actuator.effects] == [str(second.id)]


async def test_ap11_re_asked_after_the_target_refused_the_state(start: Start, world: MemoryWorld) -> None:
    """A target that changes after the last check refuses the action, and a new approval is asked for."""
    mission = await start()
    first = await mission.asked()
    world.actuator.gate.shut()
    await mission.answer(VoteChoice.APPROVED)
    await world.actuator.gate.reached()
    assert world.desk.row(first.id).consumed_at is not None
    world.actuator.now = sample.state(generation=4)
    world.actuator.gate.open()
    second = await mission.answer(VoteChoice.APPROVED, times=2)
    assert second.proposal.pre_state.generation == 4
    assert await mission.end() is Outcome.RECOVERED
    assert [key for key, _ in world.actuator.effects] == [str(second.id)]
    assert world.ledger.outcomes[first.id].refusal is Refusal.CHANGED


async def test_what_is_not_possible_any_more_is_not_asked_again(start: Start, world: MemoryWorld) -> None:
    """If the changed target refuses the approved action, the next action is proposed."""
    mission = await start()
    first = await mission.asked()
    world.actuator.now = sample.state(generation=4)
    world.actuator.refuses = {first.proposal.action.kind: "It is being restarted."}
    await mission.answer(VoteChoice.APPROVED)
    second = await mission.answer(VoteChoice.APPROVED, times=2)
    assert second.proposal.action.kind is not first.proposal.action.kind
    assert await mission.end() is Outcome.RECOVERED
    assert [key for key, _ in world.actuator.effects] == [str(second.id)]


async def test_reminded(start: Start, world: MemoryWorld) -> None:
    """Reminders become more urgent at a quarter, half and three quarters; without a vote it expires."""
    mission = await start()
    await mission.asked()
    for number in range(1, 4):
        await mission.pass_time(timedelta(minutes=7, seconds=31))
        await world.journal.until_recorded(mission.brief.mission_id, "approval-reminded", number)
    world.clock.forward(timedelta(minutes=10))
    assert await mission.end() is Outcome.EXPIRED
    assert world.notifier.reminded == [Urgency.REMIND, Urgency.WIDEN, Urgency.PAGE]
    payloads = world.journal.payloads(mission.brief.mission_id)
    assert [payload.urgency for payload in payloads if isinstance(payload, ApprovalReminded)] == list(Urgency)
    assert world.actuator.effects == []


async def test_a_reminder_that_cannot_be_sent(
    start: Start, world: MemoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reminder that cannot be sent is recorded as due, and the mission continues."""

    async def fail(*_: object) -> None:
        raise NotFoundError("There is no such channel.")

    monkeypatch.setattr(world.notifier, "remind", fail)
    mission = await start()
    await mission.asked()
    await mission.pass_time(timedelta(minutes=16))
    await world.journal.until_recorded(mission.brief.mission_id, "approval-reminded")
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED


async def test_taken_back(start: Start, world: MemoryWorld) -> None:
    """A vote that is withdrawn while the executor checks the target denies the action."""
    mission = await start()
    approval, person = await mission.asked(), sample.person()
    world.gateway.gate.shut()
    await mission.answer(VoteChoice.APPROVED, person)
    await world.gateway.gate.reached()
    await world.desk.take_back(person, approval.id)
    world.gateway.gate.open()
    assert await mission.end() is Outcome.DENIED
    assert world.desk.row(approval.id).status is ApprovalStatus.DENIED
    assert world.actuator.effects == []


async def test_taken_back_before_all_agreed(start: Start, world: MemoryWorld) -> None:
    """At risk HIGH a withdrawn first vote does not count."""
    world.gateway.verdict = sample.verdict(risk=RiskLevel.HIGH)
    mission = await start()
    person = sample.person()
    approval = await mission.answer(VoteChoice.APPROVED, person)
    await world.desk.take_back(person, approval.id)
    await mission.answer(VoteChoice.APPROVED)
    assert world.desk.row(approval.id).status is ApprovalStatus.PENDING
    await mission.answer(VoteChoice.APPROVED, person)
    assert await mission.end() is Outcome.RECOVERED


async def test_a_group_is_asked_first(start: Start, world: MemoryWorld) -> None:
    """Only the group may vote until the timer admits everybody, which needs no vote."""
    world.gateway.verdict = sample.verdict().model_copy(update={"group": "payments-oncall"})
    mission = await start()
    approval = await mission.asked()
    with pytest.raises(ForbiddenError):
        await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    for number in range(1, 3):
        await mission.pass_time(timedelta(minutes=7, seconds=31))
        await world.journal.until_recorded(mission.brief.mission_id, "approval-reminded", number)
    assert mission.approval.widened_at is not None
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
