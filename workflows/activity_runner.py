import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import Priority, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError, TimeoutType  # noqa: A004  Temporal's

from activities.journaling import Journaling
from missions.event import Payload, PendingEvent
from missions.mission import Brief, Status
from workflows.policies import ACTIVITY_POLICIES, MAX_LOST_WORKERS

QUARANTINED = "MissionQuarantined"
MISSION_STATUS = SearchAttributeKey.for_keyword("MissionStatus")
Argument = TypeVar("Argument")
Result = TypeVar("Result")


class ActivityRunner:
    """Runs a mission's activities by the table of policies, records its events, updates the Temporal UI."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief

    async def run(
        self,
        activity: Callable[[Any, Argument], Awaitable[Result]],
        argument: Argument,
        summary: str,
        activity_id: str | None = None,
    ) -> Result:
        """Runs one activity. The Temporal UI shows `summary` and `activity_id`.

        Raises ActivityError, and a QUARANTINED ApplicationError after MAX_LOST_WORKERS lost workers.
        """
        policy = ACTIVITY_POLICIES[activity]
        loss: ActivityError | None = None
        for _ in range(MAX_LOST_WORKERS):
            try:
                return await workflow.execute_activity_method(
                    activity,
                    argument,
                    task_queue=policy.queue,
                    start_to_close_timeout=timedelta(seconds=policy.attempt_s),
                    schedule_to_close_timeout=timedelta(seconds=policy.total_s) if policy.total_s else None,
                    heartbeat_timeout=timedelta(seconds=policy.heartbeat_s) if policy.heartbeat_s else None,
                    retry_policy=policy.retry,
                    cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                    activity_id=activity_id,
                    summary=summary,
                    priority=Priority(fairness_key=self._brief.org),
                )
            except ActivityError as error:
                if policy.max_attempts == 0 or not _is_lost_worker(error):
                    raise
                loss = error
            finally:
                _raise_if_cancelled()
        reason = f"{summary}: {MAX_LOST_WORKERS} workers died or timed out while they ran this activity."
        raise ApplicationError(reason, type=QUARANTINED, non_retryable=True) from loss

    async def record(self, payload: Payload) -> None:
        """Records one event, also while the workflow is being cancelled."""
        event = PendingEvent(org=self._brief.org, mission_id=self._brief.mission_id, payload=payload)
        await self.run_local(Journaling.record, event, payload.key)

    async def run_local(
        self, activity: Callable[[Any, Argument], Awaitable[Result]], argument: Argument, summary: str
    ) -> Result:
        """Runs one short, idempotent activity in the workflow's own worker, also while being cancelled.

        A local activity passes through no task queue and needs no further workflow task.
        """
        policy = ACTIVITY_POLICIES[activity]
        return await shielded(
            workflow.execute_local_activity_method(
                activity,
                argument,
                start_to_close_timeout=timedelta(seconds=policy.attempt_s),
                schedule_to_close_timeout=timedelta(seconds=policy.total_s) if policy.total_s else None,
                retry_policy=policy.retry,
                summary=summary,
            )
        )

    def set_status(self, status: Status, text: str) -> None:
        """Shows the status (search attribute) and the text (Markdown) in the Temporal UI."""
        workflow.set_current_details(text)
        workflow.upsert_search_attributes([MISSION_STATUS.value_set(status.value)])


async def run_activity(
    activity: Callable[..., Awaitable[Result]],
    *arguments: Any,  # noqa: ANN401  those of any activity
    summary: str,
) -> Result:
    """Runs one activity of a workflow that is not a mission. The Temporal UI shows `summary`."""
    policy = ACTIVITY_POLICIES[activity]
    result: Result = await workflow.execute_activity(
        activity,
        args=list(arguments),
        task_queue=policy.queue,
        start_to_close_timeout=timedelta(seconds=policy.attempt_s),
        schedule_to_close_timeout=timedelta(seconds=policy.total_s) if policy.total_s else None,
        heartbeat_timeout=timedelta(seconds=policy.heartbeat_s) if policy.heartbeat_s else None,
        retry_policy=policy.retry,
        summary=summary,
    )
    return result


def _is_lost_worker(error: ActivityError) -> bool:
    """Whether the worker stopped answering: it died during the activity, or the activity never ended."""
    timeouts = (TimeoutType.START_TO_CLOSE, TimeoutType.HEARTBEAT)
    return isinstance(error.cause, TimeoutError) and error.cause.type in timeouts


def _raise_if_cancelled() -> None:
    """The SDK drops a cancellation when the activity ends without having noticed it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def shielded(work: Awaitable[Result]) -> Result:
    """Finishes the work even if the workflow is cancelled meanwhile, and raises CancelledError afterwards."""
    task, cancelled = asyncio.ensure_future(work), False
    while True:  # a person and the mission's timeout may both cancel it
        try:
            result = await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.done():
                raise
            cancelled = True
        else:
            break
    if cancelled:
        raise asyncio.CancelledError
    return result


def innermost_message(error: BaseException) -> str:
    """The message of the last error in a chain of Temporal failures."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
