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
from workflows.policies import LOSSES, TABLE

QUARANTINED = "MissionQuarantined"
MISSION_STATUS = SearchAttributeKey.for_keyword("MissionStatus")
Argument = TypeVar("Argument")
Result = TypeVar("Result")


class ActivityRunner:
    """How a activity is run and how an event is told, by the table of policies."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief

    async def run(
        self,
        activity: Callable[[Any, Argument], Awaitable[Result]],
        argument: Argument,
        summary: str,
        activity_id: str | None = None,
    ) -> Result:
        """Runs one activity; `activity_id` is what people read in the Temporal UI."""
        policy = TABLE[activity]
        lost: ActivityError | None = None
        for _ in range(LOSSES):
            try:
                return await workflow.execute_activity_method(
                    activity,
                    argument,
                    task_queue=policy.queue,
                    start_to_close_timeout=timedelta(seconds=policy.each),
                    schedule_to_close_timeout=timedelta(seconds=policy.total) if policy.total else None,
                    heartbeat_timeout=timedelta(seconds=policy.heartbeat) if policy.heartbeat else None,
                    retry_policy=policy.retry,
                    cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                    activity_id=activity_id,
                    summary=summary,
                    priority=Priority(fairness_key=self._brief.org),
                )
            except ActivityError as error:
                if policy.attempts == 0 or not _is_worker_loss(error):
                    raise
                lost = error
            finally:
                _raise_if_cancelled()
        told = f"{summary}: {LOSSES} workers were lost with it, or took too long."
        raise ApplicationError(told, type=QUARANTINED, non_retryable=True) from lost

    async def record(self, payload: Payload) -> None:
        """Records one event, cancelled or not. A local activity: idempotent, and under a second."""
        entry = PendingEvent(org=self._brief.org, mission_id=self._brief.mission_id, payload=payload)
        await self.run_local(Journaling.record, entry, payload.key)

    async def run_local(
        self, activity: Callable[[Any, Argument], Awaitable[Result]], argument: Argument, summary: str
    ) -> Result:
        """Runs one short, repeatable activity at the worker that tells the story, cancelled or not.

        No queue stands between: it costs neither a task of its own nor another turn of the workflow.
        """
        policy = TABLE[activity]
        return await shielded(
            workflow.execute_local_activity_method(
                activity,
                argument,
                start_to_close_timeout=timedelta(seconds=policy.each),
                schedule_to_close_timeout=timedelta(seconds=policy.total) if policy.total else None,
                retry_policy=policy.retry,
                summary=summary,
            )
        )

    def set_status(self, status: Status, text: str) -> None:
        """For people in the Temporal UI."""
        workflow.set_current_details(text)
        workflow.upsert_search_attributes([MISSION_STATUS.value_set(status.value)])


def _is_worker_loss(error: ActivityError) -> bool:
    """Whether the worker did not answer: it died with the activity, or the activity never ends."""
    ends = (TimeoutType.START_TO_CLOSE, TimeoutType.HEARTBEAT)
    return isinstance(error.cause, TimeoutError) and error.cause.type in ends


def _raise_if_cancelled() -> None:
    """An activity that does not hear of a cancellation ends as if there were none, and the SDK forgets it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def shielded(work: Awaitable[Result]) -> Result:
    """Finishes the work even if the workflow is cancelled meanwhile, and only then lets that be known."""
    running, interrupted = asyncio.ensure_future(work), False
    while True:  # people and the clock may both interrupt it
        try:
            answer = await asyncio.shield(running)
        except asyncio.CancelledError:
            if running.done():
                raise
            interrupted = True
        else:
            break
    if interrupted:
        raise asyncio.CancelledError
    return answer


def innermost_message(error: BaseException) -> str:
    """The innermost message of a chain of Temporal failures."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
