"""Each path of a mission on a real Temporal server has the expected events, outcome and effects."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import (
    ASKED,
    END,
    LOOKED,
    SEEN,
    RunningMission,
    assert_done_once,
    assert_untouched,
)

from missions.approval import ApprovalStatus, VoteChoice
from missions.diagnosis import DiagnosisVerdict
from missions.errors import ConflictError, UnavailableError
from missions.event import Acted, ApprovalOpened
from missions.mission import Outcome, Status
from missions.proposal import Effect, RiskLevel
from missions.verification import Recovery
from workflows.policies import looks_after

Start = Callable[..., Awaitable[RunningMission]]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


async def test_recovered(start: Start, world: MemoryWorld) -> None:
    """A mission observes, diagnoses, gets its approval, acts once, and verifies the recovery."""
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert mission.kinds == [*ASKED, "acted", *LOOKED, *END]
    assert mission.mission.status is Status.COMPLETED
    assert mission.mission.outcome is Outcome.RECOVERED
    assert_done_once(mission)
    assert [asked.id for asked in world.notifier.asked] == [mission.approval.id]
    payloads = world.journal.payloads(mission.brief.mission_id)
    (opened,) = (payload for payload in payloads if isinstance(payload, ApprovalOpened))
    (acted,) = (payload for payload in payloads if isinstance(payload, Acted))
    assert (opened.approval_id, opened.action_hash) == (mission.approval.id, mission.approval.action_hash)
    assert acted.receipt == world.ledger.outcomes[mission.approval.id]
    assert [entry.event.seq for entry in world.announcer.announced] == list(range(2, len(payloads) + 1))


async def test_denied(start: Start, world: MemoryWorld) -> None:
    """The mission awaits the vote as AWAITING_APPROVAL, and a denial ends it without an effect."""
    mission = await start()
    await mission.asked()
    waiting = mission.mission
    assert (waiting.status, waiting.approval_id) == (Status.AWAITING_APPROVAL, mission.approval.id)
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert mission.kinds == [*ASKED, *END]
    assert mission.mission.status is Status.COMPLETED
    assert_untouched(world)


async def test_expired(start: Start, world: MemoryWorld) -> None:
    """An approval without a vote expires by the database's clock, and a later vote is refused."""
    mission = await start()
    approval = await mission.asked()
    world.clock.forward(timedelta(minutes=31))
    with pytest.raises(ConflictError):
        await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    assert await mission.end() is Outcome.EXPIRED
    assert mission.kinds == [*ASKED, "approval-closed", *END]
    assert mission.approval.status is ApprovalStatus.EXPIRED
    assert_untouched(world)


async def test_quorum(start: Start, world: MemoryWorld) -> None:
    """At risk HIGH the first vote changes nothing, and the second one starts the action."""
    world.gateway.verdict = sample.verdict(risk=RiskLevel.HIGH)
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert mission.approval.status is ApprovalStatus.PENDING
    assert_untouched(world)
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert_done_once(mission)


async def test_allowed(start: Start, world: MemoryWorld) -> None:
    """An action that a rule allows needs no vote; the executor checks the policy again."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    mission = await start()
    assert await mission.end() is Outcome.RECOVERED
    assert mission.kinds == [*ASKED, "acted", *LOOKED, *END]
    assert world.gateway.asked == 2
    payloads = world.journal.payloads(mission.brief.mission_id)
    assert [payload.rule for payload in payloads if isinstance(payload, ApprovalOpened)] == ["a-rule"]
    assert_done_once(mission)


async def test_forged_doorbells(start: Start, world: MemoryWorld) -> None:
    """Ten forged signals make the workflow read the row and have no other effect."""
    mission = await start()
    await mission.asked()
    for number in range(10):
        await mission.signal(f"'; DROP TABLE approvals; -- {number}")
    await mission.handle.query("__stack_trace")  # answered by a worker that has read the signals
    assert mission.kinds == ASKED
    assert mission.mission.status is Status.AWAITING_APPROVAL
    assert world.desk.looks >= 2
    assert_untouched(world)
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert_untouched(world)


async def test_healthy(start: Start, world: MemoryWorld) -> None:
    """A healthy system leads to no proposal."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.HEALTHY)
    mission = await start()
    assert await mission.end() is Outcome.HEALTHY
    assert mission.kinds == [*SEEN, *END]
    assert_untouched(world)


async def test_inconclusive(start: Start, world: MemoryWorld) -> None:
    """An inconclusive diagnosis is an outcome and leads to no action."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.INCONCLUSIVE)
    mission = await start()
    assert await mission.end() is Outcome.INCONCLUSIVE
    assert mission.kinds == [*SEEN, *END]
    assert_untouched(world)


async def test_nothing_to_do(start: Start, world: MemoryWorld) -> None:
    """A cause without an action in scope ends the mission without an approval."""
    world.connectors.registered = [sample.connector(actions=())]
    mission = await start()
    assert await mission.end() is Outcome.NOTHING_TO_DO
    assert mission.kinds == [*SEEN, *END]
    assert world.desk.rows == {}
    assert_untouched(world)


async def test_refused_by_policy(start: Start, world: MemoryWorld) -> None:
    """Each candidate is put to the policy, and a denied one opens no approval."""
    world.gateway.verdict = sample.verdict(Effect.DENY)
    mission = await start()
    assert await mission.end() is Outcome.REFUSED
    assert mission.kinds == [*SEEN, "proposed", "proposed", *END]
    assert world.desk.rows == {}
    assert_untouched(world)


async def test_tampered(start: Start, world: MemoryWorld) -> None:
    """An approval whose row was altered after it was shown is not acted on."""
    mission = await start()
    approval = await mission.asked()
    other = approval.proposal.action.model_copy(update={"environment": "elsewhere"})
    world.desk.tamper(approval.id, proposal=approval.proposal.model_copy(update={"action": other}))
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.NOT_DONE
    assert "hash" in mission.closed.reason
    assert_untouched(world)


async def test_lost_answer(start: Start, world: MemoryWorld) -> None:
    """If the response to an action is lost, the retry finds the effect and does not repeat it."""
    world.actuator.errors = [UnavailableError("The line was cut.")]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert mission.kinds == [*ASKED, "acted", *LOOKED, *END]
    assert_done_once(mission)


async def test_recovered_late(start: Start, world: MemoryWorld) -> None:
    """A target that recovers slowly is visited again, and the second verification counts."""
    world.diagnoser.comparisons = [
        sample.verification(Recovery.UNKNOWN),
        sample.verification(Recovery.RECOVERED),
    ]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert [kind for kind in mission.kinds if kind == "verified"] == ["verified"] * 2
    assert_done_once(mission)


async def test_still_bad_elsewhere(start: Start, world: MemoryWorld) -> None:
    """The service is well again and others are not: the mission ends so, without an undo."""
    world.diagnoser.comparisons = [sample.verification(Recovery.STILL_BAD_ELSEWHERE)]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.STILL_BAD_ELSEWHERE
    assert mission.kinds == [*ASKED, "acted", *LOOKED, *END]
    assert_done_once(mission)


async def test_unknown(start: Start, world: MemoryWorld) -> None:
    """If the last verification is UNKNOWN, the outcome is UNKNOWN, and no other action follows."""
    world.diagnoser.comparisons = [sample.verification(Recovery.UNKNOWN)]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.UNKNOWN
    after = [visit for visit in world.observer.visits if visit.phase == "after"]
    looks = looks_after(sample.plan().settling, world.diagnoser.proof.takes)
    assert len(after) == len(looks) * len(sample.plan().targets)
    assert mission.mission.status is Status.COMPLETED
    assert_done_once(mission)
