"""A mission may be cancelled, time out, or be quarantined."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import ASKED, END, SEEN, RunningMission, assert_done_once, assert_untouched, cut_short
from temporalio.exceptions import ApplicationError, CancelledError

from activities.observing import Observing
from missions.approval import ApprovalStatus, VoteChoice
from missions.diagnosis import DiagnosisVerdict
from missions.errors import ConflictError, InvalidError
from missions.mission import Outcome, Status
from workflows.policies import ACTIVITY_POLICIES

Start = Callable[..., Awaitable[RunningMission]]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


async def test_cancelled_before(start: Start, world: MemoryWorld) -> None:
    """Cancelled before a diagnosis, the mission opens no approval, has no effect, and records its end."""
    world.diagnoser.gate.shut()
    mission = await start()
    await world.diagnoser.gate.reached()
    await mission.handle.cancel()
    world.diagnoser.gate.open()
    assert isinstance(await cut_short(mission), CancelledError)
    assert mission.kinds == [*SEEN[:-1], *END]
    assert mission.mission.status is Status.CANCELLED
    assert world.desk.rows == {}
    assert_untouched(world)


async def test_cancelled_while_asking(start: Start, world: MemoryWorld) -> None:
    """Cancelled while its approval is being opened, the mission opens the approval and withdraws it."""
    world.notifier.gate.shut()
    mission = await start()
    await world.notifier.gate.reached()
    await mission.handle.cancel()
    world.notifier.gate.open()
    assert isinstance(await cut_short(mission), CancelledError)
    assert mission.kinds == [*ASKED, "approval-closed", *END]
    assert mission.approval.status is ApprovalStatus.CANCELLED
    assert_untouched(world)


async def test_cancelled_waiting(start: Start, world: MemoryWorld) -> None:
    """Cancelled while an approval is open, the mission withdraws it, and no vote is accepted."""
    mission = await start()
    approval = await mission.asked()
    await mission.handle.cancel()
    assert isinstance(await cut_short(mission), CancelledError)
    assert mission.kinds == [*ASKED, "approval-closed", *END]
    assert mission.mission.status is Status.CANCELLED
    assert mission.approval.status is ApprovalStatus.CANCELLED
    with pytest.raises(ConflictError):
        await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    assert_untouched(world)


async def test_cancelled_acting(start: Start, world: MemoryWorld) -> None:
    """Cancelled during an action, the mission finishes and records the action, and then ends."""
    world.actuator.gate.shut()
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await world.actuator.gate.reached()
    await mission.handle.cancel()
    world.actuator.gate.open()
    assert isinstance(await cut_short(mission), CancelledError)
    assert mission.kinds == [*ASKED, "acted", *END]
    assert mission.mission.status is Status.CANCELLED
    assert_done_once(mission)
    assert world.ledger.outcomes[mission.approval.id].applied
    words = mission.approval.proposal.action.words
    assert mission.closed.outcome is Outcome.CANCELLED
    assert mission.closed.reason == f"Cancelled by a person. The action that had begun was finished: {words}."


async def test_quarantined(start: Start, world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mission is quarantined after three workers died during the visit of one page."""
    monkeypatch.setitem(
        ACTIVITY_POLICIES, Observing.observe, replace(ACTIVITY_POLICIES[Observing.observe], attempt_s=1)
    )
    world.observer.deadly = {sample.target("overview").id}
    mission = await start()
    cause = await cut_short(mission)
    assert isinstance(cause, ApplicationError)
    assert cause.type == "MissionQuarantined"
    assert len([visit for visit in world.observer.visits if visit.target.id in world.observer.deadly]) == 3
    assert mission.kinds == ["started", "planned", "observed", *END]
    assert (mission.closed.status, mission.closed.outcome) == (Status.FAILED, Outcome.QUARANTINED)
    assert "3 workers died" in mission.closed.reason
    assert_untouched(world)


async def test_timed_out_waiting(start: Start, world: MemoryWorld) -> None:
    """When its time is up, the mission withdraws the open approval and gives the reason."""
    mission = await start(timeout=timedelta(minutes=10))
    approval = await mission.asked()
    cause = await cut_short(mission)
    assert isinstance(cause, ApplicationError)
    assert cause.type == "MissionTimedOut"
    assert mission.kinds == [*ASKED, "approval-closed", *END]
    assert (mission.closed.status, mission.closed.outcome) == (Status.FAILED, Outcome.TIMED_OUT)
    assert mission.closed.reason == "The mission had not ended after 0:10:00, and was ended."
    assert mission.approval.status is ApprovalStatus.CANCELLED
    with pytest.raises(ConflictError):
        await world.desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    assert_untouched(world)


async def test_timed_out_acting(start: Start, world: MemoryWorld, eventually: Eventually) -> None:
    """When its time is up during an action, the mission finishes and records the action, and then ends."""
    mission = await acting_beyond_its_time(start, world, eventually)
    world.actuator.gate.open()
    await cut_short(mission)
    assert mission.kinds == [*ASKED, "acted", *END]
    assert (mission.closed.status, mission.closed.outcome) == (Status.FAILED, Outcome.TIMED_OUT)
    words = mission.approval.proposal.action.words
    assert mission.closed.reason.endswith(f"The action that had begun was finished: {words}.")
    assert_done_once(mission)


async def test_timed_out_and_cancelled_acting(
    start: Start, world: MemoryWorld, eventually: Eventually
) -> None:
    """An action that is interrupted by the timeout and a cancellation is finished and recorded once."""
    mission = await acting_beyond_its_time(start, world, eventually)
    await mission.handle.cancel()
    await mission.handle.query("__stack_trace")  # answered by a worker that has read the cancellation
    world.actuator.gate.open()
    assert isinstance(await cut_short(mission), CancelledError)
    assert mission.kinds == [*ASKED, "acted", *END]
    assert mission.closed.outcome is Outcome.CANCELLED
    assert_done_once(mission)


async def acting_beyond_its_time(start: Start, world: MemoryWorld, eventually: Eventually) -> RunningMission:
    """A mission whose time is up during its action."""
    world.actuator.gate.shut()
    mission = await start(timeout=timedelta(seconds=6))
    await mission.answer(VoteChoice.APPROVED)
    await world.actuator.gate.reached()

    async def time_is_up() -> bool:
        events = (await mission.handle.fetch_history()).events
        return any(event.HasField("timer_fired_event_attributes") for event in events)

    await eventually(time_is_up)
    return mission


async def test_cancelled_reporting(start: Start, world: MemoryWorld) -> None:
    """A cancellation during the report comes too late: the mission keeps its outcome."""
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.HEALTHY)
    world.reports.gate.shut()
    mission = await start()
    await world.reports.gate.reached()
    await mission.handle.cancel()
    world.reports.gate.open()
    assert await mission.end() is Outcome.HEALTHY
    assert mission.kinds == [*SEEN, *END]
    assert mission.mission.status is Status.COMPLETED


async def test_cancelled_failing(start: Start, world: MemoryWorld) -> None:
    """A cancellation while a failure is recorded still leaves the mission with an end."""
    world.diagnoser.error = InvalidError("The engine wants none of it.")
    world.reports.gate.shut()
    mission = await start()
    await world.reports.gate.reached()
    await mission.handle.cancel()
    world.reports.gate.open()
    assert isinstance(await cut_short(mission), ApplicationError)
    assert mission.mission.status is Status.FAILED
