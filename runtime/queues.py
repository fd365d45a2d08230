import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.converter import WorkflowSerializationContext
from temporalio.exceptions import FailureError
from temporalio.service import RPCError, RPCStatusCode

from missions.errors import UnavailableError
from missions.frozen_model import FrozenModel
from missions.mission import Mission, Status
from missions.workflow_ids import mission_workflow_id
from runtime.temporal import RECENTLY
from workflows.policies import MISSIONS

DEADLINE_S = 3.0
CALL = timedelta(seconds=DEADLINE_S)
Response = TypeVar("Response")
_ENDS = {
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
}
_TABLE = {Status.COMPLETED: "completed", Status.FAILED: "failed", Status.CANCELLED: "cancelled"}


class QueueLoad(FrozenModel):
    """The organization's missions as Temporal counts them; a `delayed` one waits for an approval."""

    active: int
    delayed: int
    completed: int
    failed: int
    workers: int


class RunningActivity(FrozenModel):
    """An activity that has not ended: its attempt, and why the last one failed."""

    activity: str
    attempt: int
    last_failure: str = ""


class Job(FrozenModel):
    """One mission as Temporal sees it: waiting, active, delayed, completed, failed or cancelled."""

    mission_id: str
    workflow_id: str
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    activities: tuple[RunningActivity, ...] = ()


class Queues:
    """Reads queues and workflows from Temporal. Raises UnavailableError where it does not answer in time."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def load(self, org: str) -> QueueLoad:
        """Counts the organization's workflows, and the workers that poll for missions."""
        own = f"WorkflowType = 'MissionWorkflow' AND Org = '{org}'"
        waiting = "ExecutionStatus = 'Running' AND MissionStatus = 'AWAITING_APPROVAL'"
        failing = "ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')"
        running, delayed, completed, failed, workers = await _within_deadline(
            asyncio.gather(
                self._count(f"{own} AND ExecutionStatus = 'Running'"),
                self._count(f"{own} AND {waiting}"),
                self._count(f"{own} AND ExecutionStatus = 'Completed'"),
                self._count(f"{own} AND {failing}"),
                self._pollers(),
            )
        )
        active = max(0, running - delayed)
        return QueueLoad(active=active, delayed=delayed, completed=completed, failed=failed, workers=workers)

    async def job(self, org: str, mission: Mission) -> Job:
        """One mission, as its row says where Temporal does not know it: not started, or beyond retention."""
        workflow_id = mission_workflow_id(org, mission.id)
        job = Job(
            mission_id=str(mission.id), workflow_id=workflow_id, state=_TABLE.get(mission.status, "waiting")
        )
        try:
            handle = self._temporal.get_workflow_handle(workflow_id)
            description = await _within_deadline(handle.describe(rpc_timeout=CALL))
        except LookupError:
            return job
        pending = description.raw_description.pending_activities
        running = {
            "state": _state(description, mission),
            "started_at": description.start_time,
            "ended_at": description.close_time,
            "activities": tuple([await self._activity(workflow_id, activity) for activity in pending]),
        }
        return job.model_copy(update=running)

    async def _activity(self, workflow_id: str, pending: PendingActivityInfo) -> RunningActivity:
        message = ""
        if pending.HasField("last_failure"):
            context = WorkflowSerializationContext(self._temporal.namespace, workflow_id)
            converter = self._temporal.data_converter.with_context(context)
            failure = await converter.decode_failure(pending.last_failure)
            message = failure.message if isinstance(failure, FailureError) else str(failure)
        return RunningActivity(
            activity=pending.activity_type.name, attempt=pending.attempt, last_failure=message
        )

    async def _count(self, query: str) -> int:
        return (await self._temporal.count_workflows(query, rpc_timeout=CALL)).count

    async def _pollers(self) -> int:
        """How many workers have polled the queue `missions` within the last minute."""
        request = DescribeTaskQueueRequest(
            namespace=self._temporal.namespace,
            task_queue=TaskQueue(name=MISSIONS),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        response = await self._temporal.workflow_service.describe_task_queue(request, timeout=CALL)
        now = datetime.now(UTC)
        polls = {poller.identity: poller.last_access_time.ToDatetime(UTC) for poller in response.pollers}
        return sum(now - at < RECENTLY for at in polls.values())


def _state(description: WorkflowExecutionDescription, mission: Mission) -> str:
    if description.status is WorkflowExecutionStatus.RUNNING:
        return "delayed" if mission.status is Status.AWAITING_APPROVAL else "active"
    return _ENDS.get(description.status, "failed") if description.status is not None else "failed"


async def _within_deadline(call: Awaitable[Response]) -> Response:
    """The response; LookupError for an unknown workflow, UnavailableError where Temporal does not answer."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await call
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise LookupError from error
        raise UnavailableError("Temporal does not answer.") from error
    except (RuntimeError, TimeoutError) as error:  # a lazy client's first call
        raise UnavailableError("Temporal does not answer.") from error
