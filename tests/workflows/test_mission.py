"""Every path of a mission's story on a real Temporal server: events in order, outcome, effects."""

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
from workflows.policies import ACTIVITY_POLICIES

Start = Callable[..., Awaitable[RunningMission]]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


async def test_recovered(start: Start, world: MemoryWorld) -> None:
    """Seen, diagnosed, agreed, done once, and the numbers are back to normal."""
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
    """While people are asked the mission waits visibly; a no ends the story without an effect."""
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
    """Silence is a no: time's up by the database's clock, and a yes comes too late."""
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
    """At risk HIGH one yes wakes the workflow and changes nothing; the second one acts."""
    world.gateway.verdict = sample.verdict(risk=RiskLevel.HIGH)
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert mission.approval.status is ApprovalStatus.PENDING
    assert_untouched(world)
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert_done_once(mission)


async def test_allowed(start: Start, world: MemoryWorld) -> None:
    """What a rule allows is done without people; the executor asks the policy again."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    mission = await start()
    assert await mission.end() is Outcome.RECOVERED
    assert mission.kinds == [*ASKED, "acted", *LOOKED, *END]
    assert world.gateway.asked == 2
    payloads = world.journal.payloads(mission.brief.mission_id)
    assert [payload.rule for payload in payloads if isinstance(payload, ApprovalOpened)] == ["a-rule"]
    assert_done_once(mission)


async def test_forged_doorbells(start: Start, world: MemoryWorld) -> None:
    """Ten signals with nonsense make the workflow look at the row, and nothing else."""
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
    """Nothing is wrong: nothing is proposed."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.HEALTHY)
    mission = await start()
    assert await mission.end() is Outcome.HEALTHY
    assert mission.kinds == [*SEEN, *END]
    assert_untouched(world)


async def test_inconclusive(start: Start, world: MemoryWorld) -> None:
    """Not known is an answer, and no reason to act."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.INCONCLUSIVE)
    mission = await start()
    assert await mission.end() is Outcome.INCONCLUSIVE
    assert mission.kinds == [*SEEN, *END]
    assert_untouched(world)


async def test_nothing_to_do(start: Start, world: MemoryWorld) -> None:
    """A cause without an action in scope ends without a question."""
    world.connectors.registered = [sample.connector(actions=())]
    mission = await start()
    assert await mission.end() is Outcome.NOTHING_TO_DO
    assert mission.kinds == [*SEEN, *END]
    assert world.desk.rows == {}
    assert_untouched(world)


async def test_refused_by_policy(start: Start, world: MemoryWorld) -> None:
    """What the policy denies nobody is asked about; each candidate is put to it."""
    world.gateway.verdict = sample.verdict(Effect.DENY)
    mission = await start()
    assert await mission.end() is Outcome.REFUSED
    assert mission.kinds == [*SEEN, "proposed", "proposed", *END]
    assert world.desk.rows == {}
    assert_untouched(world)


async def test_tampered(start: Start, world: MemoryWorld) -> None:
    """An approval whose row was altered after people agreed is not acted on."""
    mission = await start()
    approval = await mission.asked()
    other = approval.proposal.action.model_copy(update={"environment": "elsewhere"})
    world.desk.tamper(approval.id, proposal=approval.proposal.model_copy(update={"action": other}))
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.NOT_DONE
    assert "hash" in mission.closed.reason
    assert_untouched(world)


async def test_lost_answer(start: Start, world: MemoryWorld) -> None:
    """The effect happened and its answer got lost: the retry finds it, and does nothing again."""
    world.actuator.errors = [UnavailableError("The line was cut.")]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert mission.kinds == [*ASKED, "acted", *LOOKED, *END]
    assert_done_once(mission)


async def test_recovered_late(start: Start, world: MemoryWorld) -> None:
    """A target that needs longer is looked at again: the second look's numbers count."""
    world.diagnoser.comparisons = [
        sample.verification(Recovery.NOT_RECOVERED),
        sample.verification(Recovery.RECOVERED),
    ]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert [kind for kind in mission.kinds if kind == "verified"] == ["verified"] * 2
    assert_done_once(mission)


async def test_unknown(start: Start, world: MemoryWorld) -> None:
    """After the last look the numbers say nothing: unknown never passes, and is no reason to do more."""
    world.diagnoser.comparisons = [sample.verification(Recovery.UNKNOWN)]
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.UNKNOWN
    after = [visit for visit in world.observer.visits if visit.phase == "after"]
    assert len(after) == 3 * len(sample.plan().targets)
    assert mission.mission.status is Status.COMPLETED
    assert_done_once(mission)


async def test_page_away(start: Start, world: MemoryWorld) -> None:
    """A page that cannot be visited is evidence that says so; the mission goes on with what it has."""
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    refusal = ForbiddenError("It leads elsewhere.")  # one that is not tried again: BrowserError costs 7 s
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
    """The mission ends without its report, and says why."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.HEALTHY)
    world.reports.error = NotFoundError("There is no such bucket.")
    mission = await start()
    assert await mission.end() is Outcome.HEALTHY
    assert mission.kinds == [*SEEN, "closed"]
    assert re.search("report could not be stored.*bucket", mission.closed.reason)


async def test_failed(start: Start, world: MemoryWorld) -> None:
    """An engine that refuses for good ends the mission as FAILED, and the workflow too."""
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
    """A target that vanished after people agreed: nothing is done, and their agreement is withdrawn."""
    mission = await start()
    await mission.asked()
    world.actuator.now = None
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.NOT_DONE
    assert mission.kinds == [*ASKED, "approval-closed", "acted", *END]
    assert mission.approval.status is ApprovalStatus.CANCELLED
    assert_untouched(world)


async def test_given_up_acting(start: Start, world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that never answers after the consume: nobody knows, and the mission says so at its end."""
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
    """Refused after a crash behind the consume: the mission ends as UNKNOWN, not as if nothing had been."""
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


@pytest.mark.parametrize("service", [False, True])
async def test_endless_service_name(start: Start, world: MemoryWorld, *, service: bool) -> None:
    """A foreign dashboard's label of 3,000 characters does not end the workflow from outside."""
    name = "ö" * 3000
    cause = sample.diagnosis().root_cause_candidates[0].model_copy(update={"service": name})
    world.diagnoser.diagnosis = sample.diagnosis(root_cause_candidates=(cause,))
    world.gateway.verdict = sample.verdict(Effect.ALLOW, RiskLevel.LOW)
    if service:
        world.actuator.now = sample.state(service=name)
    mission = await start()
    assert await mission.end() is (Outcome.RECOVERED if service else Outcome.NOTHING_TO_DO)
    assert mission.mission.status is Status.COMPLETED


async def test_failed_after_acting(start: Start, world: MemoryWorld) -> None:
    """An error after the action is no excuse: FAILED, the effect recorded, its approval stays consumed."""
    world.diagnoser.compare_error = InvalidError("These cannot be compared.")
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert isinstance(await cut_short(mission), ApplicationError)
    assert mission.kinds == [*ASKED, "acted", "observed", "observed", *END]
    assert_done_once(mission)


async def test_overtaken(start: Start, world: MemoryWorld) -> None:
    """A yes before the question's own event is recorded: the mission acts, and does not seem to wait."""
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
