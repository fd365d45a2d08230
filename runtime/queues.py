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
Told = TypeVar("Told")
_ENDS = {
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
}
_TABLE = {Status.COMPLETED: "completed", Status.FAILED: "failed", Status.CANCELLED: "cancelled"}


class QueueLoad(FrozenModel):
    """The organization's missions as Temporal counts them; `delayed` ones wait for people."""

    active: int
    delayed: int
    completed: int
    failed: int
    workers: int


class RunningActivity(FrozenModel):
    """An activity that is not done: on which attempt, and why the last one failed."""

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
    """What Temporal says of its queues. Raises UnavailableError where it does not answer in time."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def load(self, org: str) -> QueueLoad:
        """Counts of workflows by visibility, and who polls for missions."""
        mine = f"WorkflowType = 'MissionWorkflow' AND Org = '{org}'"
        asking = "ExecutionStatus = 'Running' AND MissionStatus = 'AWAITING_APPROVAL'"
        ended_badly = "ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')"
        running, delayed, completed, failed, workers = await _answered(
            asyncio.gather(
                self._count(f"{mine} AND ExecutionStatus = 'Running'"),
                self._count(f"{mine} AND {asking}"),
                self._count(f"{mine} AND ExecutionStatus = 'Completed'"),
                self._count(f"{mine} AND {ended_badly}"),
                self._pollers(),
            )
        )
        active = max(0, running - delayed)
        return QueueLoad(active=active, delayed=delayed, completed=completed, failed=failed, workers=workers)

    async def job(self, org: str, mission: Mission) -> Job:
        """One mission; by its table where Temporal does not know it (not begun, or beyond retention)."""
        which = mission_workflow_id(org, mission.id)
        job = Job(mission_id=str(mission.id), workflow_id=which, state=_TABLE.get(mission.status, "waiting"))
        try:
            told = await _answered(self._temporal.get_workflow_handle(which).describe(rpc_timeout=CALL))
        except LookupError:
            return job
        found = {
            "state": _state(told, mission),
            "started_at": told.start_time,
            "ended_at": told.close_time,
            "activities": tuple(
                [await self._verb(which, one) for one in told.raw_description.pending_activities]
            ),
        }
        return job.model_copy(update=found)

    async def _verb(self, workflow: str, pending: PendingActivityInfo) -> RunningActivity:
        said = ""
        if pending.HasField("last_failure"):
            context = WorkflowSerializationContext(self._temporal.namespace, workflow)
            converter = self._temporal.data_converter.with_context(context)
            failure = await converter.decode_failure(pending.last_failure)
            said = failure.message if isinstance(failure, FailureError) else str(failure)
        return RunningActivity(
            activity=pending.activity_type.name, attempt=pending.attempt, last_failure=said
        )

    async def _count(self, query: str) -> int:
        return (await self._temporal.count_workflows(query, rpc_timeout=CALL)).count

    async def _pollers(self) -> int:
        """How many workers asked the queue `missions` for work within the last minute."""
        request = DescribeTaskQueueRequest(
            namespace=self._temporal.namespace,
            task_queue=TaskQueue(name=MISSIONS),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await self._temporal.workflow_service.describe_task_queue(request, timeout=CALL)
        now = datetime.now(UTC)
        seen = {poller.identity: poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers}
        return sum(now - at < RECENTLY for at in seen.values())


def _state(told: WorkflowExecutionDescription, mission: Mission) -> str:
    if told.status is WorkflowExecutionStatus.RUNNING:
        return "delayed" if mission.status is Status.AWAITING_APPROVAL else "active"
    return _ENDS.get(told.status, "failed") if told.status is not None else "failed"


async def _answered(asking: Awaitable[Told]) -> Told:
    """The answer; LookupError for what Temporal does not know, UnavailableError where it is away."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await asking
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise LookupError from error
        raise UnavailableError("Temporal does not answer.") from error
    except (RuntimeError, TimeoutError) as error:  # a lazy client's first call
        raise UnavailableError("Temporal does not answer.") from error
