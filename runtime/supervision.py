import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog

from activities.task_ending import end_tasks
from runtime.job_metrics import JobMetrics
from runtime.periodic import Job, every

log = structlog.get_logger(__name__)
Loop = Callable[[], Awaitable[object]]


class LoopEndedError(Exception):
    """A background loop ended while its process was still running."""


class BackgroundLoops:
    """The background loops of one process. They run until the process stops, or end it."""

    def __init__(self, metrics: JobMetrics) -> None:
        self._metrics = metrics
        self._loops: dict[str, Loop] = {}

    def every(self, period_s: float, job: Job, *, name: str) -> None:
        """Adds periodic work; see `runtime.periodic.every`."""
        self.add(name, partial(every, period_s, job, name=name, metrics=self._metrics))

    def add(self, name: str, loop: Loop) -> None:
        """Adds an endless coroutine that is not periodic: it waits for its work by itself."""
        self._loops[name] = loop

    @asynccontextmanager
    async def running(self, on_failure: Callable[[], None]) -> AsyncIterator[None]:
        """Runs all loops for as long as the block, and cancels them at its end.

        A loop that ends before is logged, calls `on_failure`, and cancels the block and the other loops;
        then LoopEndedError is raised.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(_supervise(name, loop, on_failure), name=name)
                    for name, loop in self._loops.items()
                ]
                try:
                    yield
                finally:
                    await end_tasks(tasks)
        except BaseExceptionGroup as errors:
            first = errors.exceptions[0]  # the others follow from it
            raise first from first.__cause__


async def _supervise(name: str, loop: Loop, on_failure: Callable[[], None]) -> None:
    cause: BaseException | None = None
    try:
        await loop()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        cause = error
    except Exception as error:  # noqa: BLE001  logged and raised below
        cause = error
    reason = "it returned" if cause is None else f"{type(cause).__name__}: {cause}"
    log.critical("a background loop ended; the process ends", loop=name, reason=reason, exc_info=cause)
    on_failure()
    raise LoopEndedError(name) from cause
