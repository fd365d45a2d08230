"""A mission in which something fails on the way: pages, the report's store, workers, the action."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import (
    ASKED,
    END,
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
from missions.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from missions.event import Acted, ApprovalOpened, Decided, Observed
from missions.mission import Outcome, Status
from missions.proposal import Effect, RiskLevel
from workflows.policies import ACTIVITY_POLICIES

Start = Callable[..., Awaitable[RunningMission]]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


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
