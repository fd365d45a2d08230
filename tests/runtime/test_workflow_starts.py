"""A workflow whose id has no organization is refused, because its payloads could not be decrypted."""

from datetime import timedelta
from uuid import uuid4

import pytest
from served_api import ORG
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    WorkflowFailureError,
)
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from missions.errors import InvalidError
from missions.mission import FOREIGN
from runtime.temporal import connect
from workflows.dashboards import ResealWorkflow

QUEUE = "workflow-starts"


async def test_a_client_does_not_start_it(temporal: Client) -> None:
    """The client starts no workflow and no Schedule whose kind `missions.workflow_ids` does not list."""
    name = f"archive-{ORG}-{uuid4()}"
    with pytest.raises(InvalidError, match="names no organization"):
        await temporal.start_workflow(ResealWorkflow.run, ORG, id=name, task_queue=QUEUE)
    action = ScheduleActionStartWorkflow(ResealWorkflow.run, ORG, id=name, task_queue=QUEUE)
    with pytest.raises(InvalidError, match="names no organization"):
        await temporal.create_schedule(name, Schedule(action=action, spec=ScheduleSpec()))


async def test_a_worker_does_not_run_it(temporal: Client) -> None:
    """If another client starts such a workflow, it fails with its first task."""
    foreign = await connect(temporal.service_client.config.target_host, temporal.namespace, None)
    async with Worker(temporal, task_queue=QUEUE, workflows=[ResealWorkflow]):
        with pytest.raises(WorkflowFailureError):
            await foreign.execute_workflow(
                ResealWorkflow.run,
                ORG,
                id=(name := f"archive-{ORG}-{uuid4()}"),
                task_queue=QUEUE,
                execution_timeout=timedelta(seconds=20),
            )
        with pytest.raises(WorkflowFailureError) as failure:
            await temporal.get_workflow_handle(name).result()
    cause = failure.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == FOREIGN
