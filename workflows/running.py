"""How a workflow that is no mission runs one activity: by the table of policies."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from workflows.policies import TABLE

Answer = TypeVar("Answer")


async def run(verb: Callable[..., Awaitable[Answer]], *arguments: Any, summary: str) -> Answer:  # noqa: ANN401  any verb's
    """Its answer. `summary` is what people read in the Temporal UI."""
    policy = TABLE[verb]
    answer: Answer = await workflow.execute_activity(
        verb,
        args=list(arguments),
        task_queue=policy.queue,
        start_to_close_timeout=timedelta(seconds=policy.each),
        schedule_to_close_timeout=timedelta(seconds=policy.total) if policy.total else None,
        heartbeat_timeout=timedelta(seconds=policy.heartbeat) if policy.heartbeat else None,
        retry_policy=policy.retry,
        summary=summary,
    )
    return answer
