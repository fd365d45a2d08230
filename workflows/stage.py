import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import Priority

from activities.journaling import Journaling
from missions.event import Entry, Payload
from missions.mission import Brief
from workflows.policies import TABLE

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


class Stage:
    """How a verb is run and how an event is told, by the table of policies."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief

    async def do(
        self,
        verb: Callable[[Any, Argument], Awaitable[Answer]],
        argument: Argument,
        summary: str,
        activity_id: str | None = None,
    ) -> Answer:
        """Runs one activity; `activity_id` is what people read in the Temporal UI."""
        policy = TABLE[verb]
        try:
            return await workflow.execute_activity_method(
                verb,
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
        finally:
            _heed()

    async def tell(self, payload: Payload) -> None:
        """Records one event, cancelled or not. A local activity: idempotent, and under a second."""
        policy = TABLE[Journaling.record]
        await unbroken(
            workflow.execute_local_activity_method(
                Journaling.record,
                Entry(org=self._brief.org, mission_id=self._brief.mission_id, payload=payload),
                start_to_close_timeout=timedelta(seconds=policy.each),
                schedule_to_close_timeout=timedelta(seconds=policy.total) if policy.total else None,
                retry_policy=policy.retry,
                summary=payload.key,
            )
        )


def _heed() -> None:
    """An activity that does not hear of a cancellation ends as if there were none, and the SDK forgets it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def unbroken(work: Awaitable[Answer]) -> Answer:
    """Finishes the work even if the workflow is cancelled meanwhile, and only then lets that be known."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await running
        raise


def why(error: BaseException) -> str:
    """The innermost message of a chain of Temporal failures."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
