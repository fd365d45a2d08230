"""Workflows and signals that are sent by hand in the Temporal UI cannot cause an action."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from missions.approval import VoteChoice
from missions.mission import FOREIGN, Outcome
from missions.workflow_ids import mission_workflow_id
from workflows.policies import MISSIONS

Start = Callable[..., Awaitable[RunningMission]]
Begin = Callable[..., Awaitable[WorkflowHandle[Any, Any]]]


@pytest.fixture
async def begin(temporal: Client) -> AsyncIterator[Begin]:
    """Starts a workflow with any id and input, as the Temporal UI does; running ones are terminated."""
    handles: list[WorkflowHandle[Any, Any]] = []

    async def start_by_hand(*arguments: Any, named: str = "") -> WorkflowHandle[Any, Any]:
        name = named or f"by-hand-{uuid4()}"
        handle = await temporal.start_workflow(
            "MissionWorkflow", args=arguments, id=name, task_queue=MISSIONS
        )
        handles.append(handle)
        return handle

    yield start_by_hand
    for handle in handles:
        if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            await handle.terminate("the test is over")


@pytest.mark.parametrize(
    "arguments",
    [(), ("please",), ({"missionId": "one", "org": 7},), (None,), ([],)],
    ids=["none", "text", "wrong-types", "null", "list"],
)
async def test_nonsense_ends_at_once(
    start: Start, begin: Begin, world: MemoryWorld, arguments: tuple[Any, ...]
) -> None:
    """Invalid input fails the first workflow task before any activity, and other missions continue."""
    mission = await start()
    handle = await begin(*arguments)
    await _refused(handle)
    events = (await handle.fetch_history()).events
    assert {event.event_type for event in events} == {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
    }
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert world.actuator.effects == []


async def test_a_mission_without_a_row_does_nothing(start: Start, begin: Begin, world: MemoryWorld) -> None:
    """A valid brief of a mission that is not stored ends the workflow at its first event."""
    brief = sample.brief().model_copy(update={"mission_id": uuid4()})
    handle = await begin(brief, named=mission_workflow_id(brief.org, brief.mission_id))
    await _refused(handle)
    assert world.observer.visits == []
    assert world.desk.rows == {}
    assert world.actuator.effects == []
    del start  # the fixture runs the workers


async def test_a_second_workflow_of_a_mission_is_refused(
    start: Start, begin: Begin, world: MemoryWorld
) -> None:
    """A second workflow of a mission under another id is refused, so no second approval is opened."""
    mission = await start()
    await mission.asked()
    before = mission.kinds
    await _refused(await begin(mission.brief))
    assert mission.kinds == before
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert len(world.actuator.effects) == 1


async def test_an_ended_mission_that_is_started_again_changes_nothing(
    start: Start, begin: Begin, world: MemoryWorld
) -> None:
    """An ended mission that is started again records no event and has no second effect."""
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    payloads = world.journal.payloads(mission.brief.mission_id)
    again = await begin(mission.brief, named=mission.handle.id)
    await _refused(again)
    assert world.journal.payloads(mission.brief.mission_id) == payloads
    assert len(world.actuator.effects) == 1


async def test_ap3_a_hundred_doorbells_are_one_execution(start: Start, world: MemoryWorld) -> None:
    """A hundred signals before and during the action lead to one execution, because the row decides."""
    mission = await start()
    approval = await mission.asked()
    world.actuator.gate.shut()
    await asyncio.gather(*(mission.signal(str(approval.id)) for _ in range(50)))
    await mission.answer(VoteChoice.APPROVED)
    await world.actuator.gate.reached()
    await asyncio.gather(*(mission.signal(str(approval.id)) for _ in range(50)))
    world.actuator.gate.open()
    assert await mission.end() is Outcome.RECOVERED
    assert len(world.actuator.effects) == 1


async def test_nonsense_signals_are_passed_over(start: Start, world: MemoryWorld) -> None:
    """Signals with invalid content or an unknown name change nothing, because the row decides."""
    mission = await start()
    await mission.asked()
    for arguments in ([], [None], [7], [{"approved": True}], ["x" * 10_000], ["a", "b"]):
        await mission.handle.signal("approval_decided", args=arguments)
    await mission.handle.signal("approve_everything", "now")
    await mission.signal(str(uuid4()))
    assert world.actuator.effects == []
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert world.actuator.effects == []


async def _refused(handle: WorkflowHandle[Any, Any]) -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    assert isinstance(raised.value.cause, ApplicationError)
    assert raised.value.cause.type == FOREIGN
