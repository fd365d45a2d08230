"""How a workflow that is no mission runs one activity: by the table of policies."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from workflows.policies import TABLE

Result = TypeVar("Result")


async def run_activity(activity: Callable[..., Awaitable[Result]], *arguments: Any, summary: str) -> Result:  # noqa: ANN401  any activity's
    """Its answer. `summary` is what people read in the Temporal UI."""
    policy = TABLE[activity]
    answer: Result = await workflow.execute_activity(
        activity,
        args=list(arguments),
        task_queue=policy.queue,
        start_to_close_timeout=timedelta(seconds=policy.each),
        schedule_to_close_timeout=timedelta(seconds=policy.total) if policy.total else None,
        heartbeat_timeout=timedelta(seconds=policy.heartbeat) if policy.heartbeat else None,
        retry_policy=policy.retry,
        summary=summary,
    )
    return answer
