import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_S = 5.0
"""Longer than these tasks clean up: cancelling again would interrupt that."""


async def end_tasks(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancels the tasks, and waits until each has ended, however it ends.

    One cancellation is not enough: before Python 3.12 `asyncio.wait_for` drops the one that comes just as its
    own wait is over, and redis-py calls it for each command. An endless task would then never end.
    """
    open_tasks = set(tasks)
    while open_tasks:
        for task in open_tasks:
            task.cancel()
        ended, open_tasks = await asyncio.wait(open_tasks, timeout=_AGAIN_S)
        for task in ended:
            if not task.cancelled():
                task.exception()  # taken, so that it is not reported as forgotten
