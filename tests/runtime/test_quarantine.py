"""Missions that cannot end themselves are ended, on a real Temporal server and a real table."""

from collections.abc import Awaitable, Callable

from job_runs import ListedOrganizations
from served_api import ORG
from stories import Story
from temporalio import workflow
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from missions.event import Closed
from missions.mission import Outcome
from missions.workflow_ids import mission_workflow_id
from runtime.reconciler import Reconciler

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
QUEUE = "a-broken-deployment"


@workflow.defn(name="MissionWorkflow", sandboxed=False)
class BrokenWorkflow:
    """A workflow with a bug."""

    @workflow.run
    async def run(self, brief: dict[str, str]) -> None:
        """Raises an error that fails the workflow task, not the workflow."""
        raise KeyError(brief.get("nothing", "a bug"))


async def closing_event(story: Story) -> Closed | None:
    payload = (await story.journal.read(ORG, story.mission_id))[-1].payload
    return payload if isinstance(payload, Closed) else None


async def test_a_mission_whose_own_code_keeps_failing_is_quarantined(
    story: Story, temporal: Client, eventually: Eventually
) -> None:
    """A workflow that fails repeatedly, not only once, is terminated and its mission quarantined."""
    assert story.change.message is not None
    await story.outbox.done(story.change.message)
    plain = await Client.connect(temporal.service_client.config.target_host, namespace=temporal.namespace)
    workflow_id = mission_workflow_id(ORG, story.mission_id)
    broken = Worker(
        plain, task_queue=QUEUE, workflows=[BrokenWorkflow], workflow_runner=UnsandboxedWorkflowRunner()
    )
    patient = Reconciler(story.journal, story.desk, ListedOrganizations(ORG), temporal)
    strict = Reconciler(story.journal, story.desk, ListedOrganizations(ORG), temporal, tries=2)
    async with broken:
        handle = await plain.start_workflow("MissionWorkflow", {}, id=workflow_id, task_queue=QUEUE)
        assert await patient.reconcile(ORG) == []

        async def ended() -> bool:
            return await strict.reconcile(ORG) != []

        await eventually(ended)
    assert (await handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    closed = await closing_event(story)
    assert closed is not None
    assert closed.outcome is Outcome.QUARANTINED
    assert await strict.reconcile(ORG) == []
