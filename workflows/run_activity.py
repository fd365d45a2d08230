from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from workflows.policies import ACTIVITY_POLICIES

Result = TypeVar("Result")


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
