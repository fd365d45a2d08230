import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import samples as sample
from memory_world import MemoryWorld
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from missions.approval import AfterDenial, Approval, ApprovalStatus, VoteChoice
from missions.event import ApprovalOpened, Closed
from missions.mission import Brief, Mission, Outcome
from missions.person import Person
from missions.workflow_ids import mission_workflow_id
from runtime.temporal import STICKY, THROTTLE
from workflows.later_look import LaterLookWorkflow
from workflows.mission import APPROVAL_DECIDED, MissionWorkflow
from workflows.policies import ACTIONS, BROWSER, MISSIONS

SEEN = ["started", "planned", "observed", "observed", "diagnosed"]
ASKED = [*SEEN, "proposed", "approval-opened"]
LOOKED = ["observed", "observed", "verified"]
END = ["reported", "closed"]
"""Kinds of events, in order, up to each stage of a mission."""
_READINGS = 3
_ENDS = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
)
_ENDED = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)


@contextlib.asynccontextmanager
async def workers(client: Client, world: MemoryWorld) -> AsyncIterator[None]:
    """The three workers, in this process and on a world in memory."""
    missions = Worker(
        client,
        task_queue=MISSIONS,
        workflows=[MissionWorkflow, LaterLookWorkflow],
        activities=world.for_missions(),
        sticky_queue_schedule_to_start_timeout=STICKY,
    )
    browser = Worker(
        client,
        task_queue=BROWSER,
        activities=world.for_browser(),
        max_heartbeat_throttle_interval=THROTTLE,
        default_heartbeat_throttle_interval=THROTTLE,
    )
    actions = Worker(
        client,
        task_queue=ACTIONS,
        activities=world.for_actions(),
        max_heartbeat_throttle_interval=THROTTLE,
    )
    async with missions, browser, actions:
        yield


@dataclass
class RunningMission:
    """One mission on a real Temporal server, and actions of people on it."""

    client: Client
    world: MemoryWorld
    brief: Brief
    handle: WorkflowHandle[MissionWorkflow, Outcome]

    @classmethod
    async def start(cls, client: Client, world: MemoryWorld, **changes: Any) -> "RunningMission":
        """Creates and starts it, with an optionally changed brief."""
        brief = sample.brief().model_copy(update=changes)
        await world.journal.create(brief)
        handle = await client.start_workflow(
            MissionWorkflow.run,
            brief,
            id=mission_workflow_id(brief.org, brief.mission_id),
            task_queue=MISSIONS,
        )
        return cls(client, world, brief, handle)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the recorded events, in order, but "created".

        Hypotheses between two pages are left out: they depend on which page is visited first.
        """
        first, *rest = self.world.journal.payloads(self.brief.mission_id)
        assert first.kind == "created"
        return [payload.kind for payload in rest if payload.kind != "hypothesized"]

    @property
    def mission(self) -> Mission:
        """The projection that clients get."""
        return self.world.journal.mission(self.brief.mission_id)

    @property
    def approval(self) -> Approval:
        """The approval that was opened last."""
        *_, approval = self.world.desk.rows.values()
        return approval

    async def asked(self, times: int = 1) -> Approval:
        """Waits for the approval with this number, counted from 1."""
        kind = ApprovalOpened.model_fields["kind"].default
        await self.world.journal.until_recorded(self.brief.mission_id, kind, times)
        return list(self.world.desk.rows.values())[times - 1]

    async def answer(
        self,
        answer: VoteChoice,
        *people: Person,
        times: int = 1,
        then: AfterDenial | None = None,
        notes: str = "",
    ) -> Approval:
        """People answer the approval with this number, and the workflow is signalled as the API does."""
        approval = await self.asked(times)
        for person in people or (sample.person(),):
            await self.world.desk.answer(person, approval.id, answer, then, notes)
        await self.signal(str(approval.id))
        return approval

    async def pass_time(self, duration: timedelta) -> None:
        """Advances the time of the workflow and of the rows."""
        self.world.clock.forward(duration)
        await TimeSkipper(self.client).fast_forward(self.handle, duration)

    async def signal(self, approval_id: str) -> None:
        """Sends the signal that an approval was decided."""
        await self.handle.signal(APPROVAL_DECIDED, approval_id)

    async def end(self) -> Outcome:
        """Skips the waits until the end; raises WorkflowFailureError if the workflow fails."""
        await self._until_it_waits()
        try:
            await TimeSkipper(self.client).fast_forward(self.handle)
        except RPCError as error:
            # It has ended already, or the server lost the position in the history and skips on.
            if error.status not in (*_ENDED, RPCStatusCode.INVALID_ARGUMENT):
                raise
        for _ in range(_READINGS):
            try:
                return await self.handle.result()
            except RPCError as error:  # position lost again: read from the start
                if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                    raise
        return await self.handle.result()

    async def _until_it_waits(self) -> None:
        """Returns when only a wait of more than a second, or nothing, is left to do.

        If skipping begins while a shorter timer is due, the server may skip to the mission's own timeout.
        """
        async with asyncio.timeout(60):
            while await self._works():  # noqa: ASYNC110  the server's state
                await asyncio.sleep(0.02)

    async def _works(self) -> bool:
        described = (await self.handle.describe()).raw_description
        if described.pending_activities or described.HasField("pending_workflow_task"):
            return True
        timers: dict[int, timedelta] = {}
        async for event in self.handle.fetch_history_events():
            if event.HasField("timer_started_event_attributes"):
                started = event.timer_started_event_attributes
                timers[event.event_id] = started.start_to_fire_timeout.ToTimedelta()
            elif event.HasField("timer_fired_event_attributes"):
                timers.pop(event.timer_fired_event_attributes.started_event_id, None)
            elif event.HasField("timer_canceled_event_attributes"):
                timers.pop(event.timer_canceled_event_attributes.started_event_id, None)
            elif event.event_type in _ENDS:
                return False
        return any(duration < timedelta(seconds=1) for duration in timers.values())

    @property
    def closed(self) -> Closed:
        """The last event."""
        last = self.world.journal.payloads(self.brief.mission_id)[-1]
        assert isinstance(last, Closed)
        return last


def assert_untouched(world: MemoryWorld) -> None:
    """Asserts that no effect happened and no approval was consumed."""
    assert world.actuator.effects == []
    assert all(row.consumed_at is None for row in world.desk.rows.values())


def assert_done_once(mission: RunningMission) -> None:
    """Asserts one effect, under an approved and consumed approval whose hash matches."""
    approval = mission.approval
    assert [key for key, _ in mission.world.actuator.effects] == [str(approval.id)]
    assert approval.status is ApprovalStatus.APPROVED
    assert approval.consumed_at is not None
    assert mission.world.desk.hash_of(sample.ORG, approval) == approval.action_hash


async def cut_short(mission: RunningMission) -> BaseException | None:
    """Waits for a failure of the workflow, and returns its cause."""
    with pytest.raises(WorkflowFailureError) as raised:
        await mission.end()
    return raised.value.cause
