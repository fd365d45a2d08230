"""A mission whose workflow is gone gets an end."""

import pytest
from job_runs import ListedOrganizations
from served_api import ORG
from stories import Story
from temporalio.client import Client

from missions.approval import ApprovalStatus
from missions.event import ApprovalOpened, Closed, Started
from missions.mission import Mission, Outcome, Status
from missions.workflow_ids import mission_workflow_id
from runtime.reconciler import Reconciler
from runtime.relay import Relay


@pytest.fixture
def reconciler(story: Story, temporal: Client) -> Reconciler:
    return Reconciler(story.journal, story.desk, ListedOrganizations(ORG), temporal)


async def with_open_approval(story: Story, relay: Relay) -> ApprovalOpened:
    """Starts the mission, and opens its approval."""
    assert story.change.message is not None
    assert await relay.deliver(story.change.message)
    await story.journal.append(ORG, story.mission_id, "agent", Started())
    opened = await story.asked()
    payload = ApprovalOpened(
        approval_id=opened.id,
        status=opened.status,
        action=opened.proposal.action.words,
        action_hash=opened.action_hash,
        risk=opened.risk,
        quorum=opened.quorum,
        decide_by=opened.decide_by,
        rule=opened.verdict.rule,
    )
    await story.journal.append(ORG, story.mission_id, "agent", payload)
    return payload


async def terminate(story: Story, temporal: Client) -> None:
    await temporal.get_workflow_handle(mission_workflow_id(ORG, story.mission_id)).terminate()


async def stored_mission(story: Story) -> Mission:
    return await story.missions.get(story.operator, story.mission_id)


async def test_a_mission_whose_workflow_was_terminated_is_failed(
    story: Story, temporal: Client, relay: Relay, reconciler: Reconciler
) -> None:
    """A mission whose workflow was terminated fails with a reason, once, and its approval is cancelled."""
    asked = await with_open_approval(story, relay)
    await terminate(story, temporal)
    (ended,) = await reconciler.reconcile(ORG)
    assert ended.id == story.mission_id
    mission = await stored_mission(story)
    assert (mission.status, mission.outcome) == (Status.FAILED, Outcome.FAILED)
    approval_status = (await story.desk.resolve(ORG, asked.approval_id)).status
    assert approval_status is ApprovalStatus.CANCELLED
    events = await story.journal.read(ORG, story.mission_id)
    assert isinstance(events[-1].payload, Closed)
    assert "from outside" in events[-1].payload.reason
    assert await reconciler.reconcile(ORG) == []
    assert await story.journal.read(ORG, story.mission_id) == events


async def test_a_mission_that_runs_is_left_alone(story: Story, relay: Relay, reconciler: Reconciler) -> None:
    """A running mission stays unchanged."""
    asked = await with_open_approval(story, relay)
    assert await reconciler.reconcile(ORG) == []
    assert (await stored_mission(story)).status is Status.AWAITING_APPROVAL
    assert (await story.desk.resolve(ORG, asked.approval_id)).status is ApprovalStatus.PENDING


async def test_a_mission_that_is_still_to_start_is_left_alone(story: Story, reconciler: Reconciler) -> None:
    """A mission whose start is still in the outbox stays unchanged, although Temporal does not know it."""
    assert await reconciler.reconcile(ORG) == []
    assert (await stored_mission(story)).status is Status.PENDING


async def test_a_mission_that_has_ended_keeps_its_end(
    story: Story, temporal: Client, relay: Relay, reconciler: Reconciler
) -> None:
    """An ended mission keeps its outcome after its workflow ended."""
    await with_open_approval(story, relay)
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.DENIED, reason="Somebody said no.")
    await story.journal.append(ORG, story.mission_id, "agent", closed)
    await terminate(story, temporal)
    assert await reconciler.reconcile(ORG) == []
    assert (await stored_mission(story)).outcome is Outcome.DENIED


async def test_one_left_mission_does_not_hide_another(
    story: Story, temporal: Client, relay: Relay, reconciler: Reconciler
) -> None:
    """Of two running missions only the one with the terminated workflow is ended."""
    await with_open_approval(story, relay)
    other = await story.another()
    assert other.message is not None
    assert await relay.deliver(other.message)
    await terminate(story, temporal)
    assert [mission.id for mission in await reconciler.reconcile(ORG)] == [story.mission_id]
    assert (await story.missions.get(story.operator, other.mission.id)).status is Status.PENDING
