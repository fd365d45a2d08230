"""Each path of a mission on a real Temporal server has the expected events, outcome and effects."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
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
    cut_short,
)
from temporalio.exceptions import ApplicationError

from activities.acting import Acting
from missions.approval import ApprovalStatus, VoteChoice
from missions.diagnosis import DiagnosisVerdict
from missions.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnavailableError
from missions.event import Acted, ApprovalOpened, Decided, Observed
from missions.mission import Outcome, Status
from missions.proposal import Effect, RiskLevel
from missions.verification import Recovery
from workflows.policies import ACTIVITY_POLICIES, looks_after

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


async def test_page_away(start: Start, world: MemoryWorld) -> None:
    """A page that cannot be visited is recorded with its reason, and the mission uses the other pages."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    refusal = ForbiddenError("It leads elsewhere.")  # not retried; a BrowserError takes 7 s
    world.observer.away = {sample.target("overview").id: refusal}
    mission = await start()
    assert await mission.end() is Outcome.RECOVERED
    seen = [
        payload
        for payload in world.journal.payloads(mission.brief.mission_id)
        if isinstance(payload, Observed)
    ]
    reasons = {
        observed.sighting.target: observed.sighting.reason
        for observed in seen
        if observed.sighting.phase == "before"
    }
    assert "leads elsewhere" in reasons["shop/overview"]
    assert reasons["shop/payments"] == ""
    diagnosed, _ = world.diagnoser.evidence[-2:]
    assert len(diagnosed) == 1


async def test_report_store_away(start: Start, world: MemoryWorld) -> None:
    """A mission whose report cannot be stored ends, and its reason says so."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.HEALTHY)
    world.reports.error = NotFoundError("There is no such bucket.")
    mission = await start()
    assert await mission.end() is Outcome.HEALTHY
    assert mission.kinds == [*SEEN, "closed"]
    assert re.search("report could not be stored.*bucket", mission.closed.reason)


async def test_failed(start: Start, world: MemoryWorld) -> None:
    """A permanent error of the engine ends both the mission and the workflow as failed."""
    world.diagnoser.error = InvalidError("The engine wants none of it.")
    mission = await start()
    cause = await cut_short(mission)
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable) == ("MissionFailed", True)
    assert mission.kinds == [*SEEN[:-1], *END]
    assert (mission.mission.status, mission.closed.outcome) == (Status.FAILED, Outcome.FAILED)
    assert "none of it" in mission.closed.reason
    assert_untouched(world)


async def test_failed_acting(start: Start, world: MemoryWorld) -> None:
    """If the target vanished after the vote, nothing is done, and the approval is withdrawn."""
    mission = await start()
    await mission.asked()
    world.actuator.now = None
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.NOT_DONE
    assert mission.kinds == [*ASKED, "approval-closed", "acted", *END]
    assert mission.approval.status is ApprovalStatus.CANCELLED
    assert_untouched(world)


async def test_given_up_acting(start: Start, world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the target never responds after the approval was used, the outcome is UNKNOWN."""
    policy = replace(ACTIVITY_POLICIES[Acting.execute], total_s=1.5)  # 240 s in production
    monkeypatch.setitem(ACTIVITY_POLICIES, Acting.execute, policy)
    world.actuator.away = UnavailableError("The shop does not answer.")
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.UNKNOWN
    assert mission.kinds == [*ASKED, "acted", *END]
    (acted,) = (
        payload for payload in world.journal.payloads(mission.brief.mission_id) if isinstance(payload, Acted)
    )
    assert (acted.receipt.applied, acted.receipt.certain) == (False, False)
    assert "not known" in acted.receipt.detail
    assert (mission.mission.status, mission.closed.outcome) == (Status.COMPLETED, Outcome.UNKNOWN)
    assert mission.approval.status is ApprovalStatus.APPROVED
    assert mission.approval.consumed_at is not None
    assert world.actuator.effects == []


async def test_uncertain(start: Start, world: MemoryWorld) -> None:
    """If an action is refused after a crash that followed the use of its approval, the outcome is UNKNOWN."""
    mission = await start()
    approval = await mission.asked()
    await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    await world.ledger.begin(sample.ORG, approval.id, mission.handle.id)
    world.actuator.now = sample.state(generation=4)
    await mission.signal(str(approval.id))
    assert await mission.end() is Outcome.UNKNOWN
    assert mission.kinds == [*ASKED, "acted", *END]
    assert mission.mission.status is Status.COMPLETED
    assert world.actuator.effects == []


@pytest.mark.parametrize("target_exists", [False, True])
async def test_endless_service_name(start: Start, world: MemoryWorld, *, target_exists: bool) -> None:
    """A dashboard's label of 3,000 characters does not end the workflow."""
    name = "ö" * 3000
    cause = sample.diagnosis().root_cause_candidates[0].model_copy(update={"service": name})
    world.diagnoser.diagnosis = sample.diagnosis(root_cause_candidates=(cause,))
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    if target_exists:
        world.actuator.now = sample.state(service=name)
    mission = await start()
    assert await mission.end() is (Outcome.RECOVERED if target_exists else Outcome.NOTHING_TO_DO)
    assert mission.mission.status is Status.COMPLETED


async def test_failed_after_acting(start: Start, world: MemoryWorld) -> None:
    """After an error in the verification the mission fails, its effect recorded and its approval used."""
    world.diagnoser.compare_error = InvalidError("These cannot be compared.")
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert isinstance(await cut_short(mission), ApplicationError)
    assert mission.kinds == [*ASKED, "acted", "observed", "observed", *END]
    assert_done_once(mission)


async def test_overtaken(start: Start, world: MemoryWorld) -> None:
    """If a vote comes before the event that opens its approval, the mission acts and stays RUNNING."""
    world.notifier.gate.shut()
    mission = await start()
    await world.notifier.gate.reached()
    person = sample.person()
    approval = await world.desk.answer(person, mission.approval.id, VoteChoice.APPROVED)
    decided = Decided(
        approval_id=approval.id,
        person=person.id,
        name=person.name,
        answer=VoteChoice.APPROVED,
        notes="",
        status=approval.status,
    )
    await world.journal.append(sample.ORG, mission.brief.mission_id, person.email, decided)
    world.actuator.gate.shut()
    world.notifier.gate.open()
    await world.actuator.gate.reached()
    assert mission.mission.status is Status.RUNNING
    opened = await world.journal.until(
        mission.brief.mission_id, lambda first: first.kind == "approval-opened"
    )
    assert isinstance(opened, ApprovalOpened)
    assert opened.status is ApprovalStatus.PENDING
    world.actuator.gate.open()
    assert await mission.end() is Outcome.RECOVERED
    assert_done_once(mission)
