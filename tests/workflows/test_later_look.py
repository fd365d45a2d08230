"""A mission that recovered is looked at again, without waiting for it: confirmed or reopened."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.testing import TimeSkipper

from missions.approval import VoteChoice
from missions.event import Verified
from missions.mission import Outcome, Status
from missions.verification import Recovery
from missions.workflow_ids import WorkflowKind, workflow_id
from workflows.later_look import LaterLookWorkflow
from workflows.policies import looks_after

Start = Callable[..., Awaitable[RunningMission]]


def later_look(mission: RunningMission) -> WorkflowHandle[LaterLookWorkflow, Recovery]:
    """The workflow that the mission started at its end."""
    look_id = workflow_id(WorkflowKind.LATER_LOOK, mission.brief.org, mission.brief.mission_id)
    return mission.client.get_workflow_handle_for(LaterLookWorkflow.run, look_id)


async def recovered(start: Start) -> RunningMission:
    """A mission that has ended as recovered so far."""
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert mission.mission.status is Status.COMPLETED
    assert mission.mission.looks_again_at is not None
    return mission


@pytest.mark.parametrize(
    ("recovery", "outcome"),
    [
        (Recovery.RECOVERED, Outcome.RECOVERED),
        (Recovery.NOT_RECOVERED, Outcome.RELAPSED),
        (Recovery.STILL_BAD_ELSEWHERE, Outcome.RELAPSED),
        (Recovery.UNKNOWN, Outcome.RECOVERED),
    ],
)
async def test_the_later_look_has_the_last_word(
    start: Start, world: MemoryWorld, recovery: Recovery, outcome: Outcome
) -> None:
    """Its event is final, and decides whether the mission stays recovered."""
    mission = await recovered(start)
    world.diagnoser.comparisons = [sample.verification(recovery)]
    handle = later_look(mission)
    await TimeSkipper(mission.client).fast_forward(handle)
    assert await handle.result() is recovery
    last = world.journal.payloads(mission.brief.mission_id)[-1]
    assert isinstance(last, Verified)
    assert (last.final, last.verification.recovery) == (True, recovery)
    assert (mission.mission.outcome, mission.mission.looks_again_at) == (outcome, None)


async def test_a_cancelled_look_leaves_the_outcome_unconfirmed(start: Start, world: MemoryWorld) -> None:
    """The look of a suspended organization ends, and says that it did not happen."""
    mission = await recovered(start)
    handle = later_look(mission)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    last = world.journal.payloads(mission.brief.mission_id)[-1]
    assert isinstance(last, Verified)
    assert last.verification.recovery is Recovery.UNKNOWN
    assert (mission.mission.outcome, mission.mission.looks_again_at) == (Outcome.RECOVERED, None)


@pytest.mark.parametrize(
    ("settling", "proof", "first", "proven"),
    [((14, 6, 10), 100, 14, 100), ((60, 240), 100, 60, 300), ((5,), 7200, 5, 1800)],
)
def test_when_a_mission_looks(settling: tuple[int, ...], proof: int, first: int, proven: int) -> None:
    """Early at the plan's waits, then when the proof is complete, then every minute for a while."""
    looks = looks_after(tuple(timedelta(seconds=wait) for wait in settling), timedelta(seconds=proof))
    seconds = [look.total_seconds() for look in looks]
    assert seconds == sorted(seconds)
    assert (seconds[0], seconds[-7]) == (first, proven)
    assert seconds[-1] == proven + 360
