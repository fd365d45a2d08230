import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from temporalio.worker import Worker

from missions.errors import UnavailableError
from runtime.ending import FAILURE_S, end_within
from runtime.resources import Resources
from runtime.supervision import BackgroundLoops, LoopEndedError

log = structlog.get_logger(__name__)
DRAIN = timedelta(seconds=20)
"""How long a worker that is stopped may finish the activities that it has begun."""


@dataclass(frozen=True)
class WorkerProcess:
    """A Temporal worker, and the loops that run beside it."""

    worker: Worker
    loops: BackgroundLoops | None = None


@asynccontextmanager
async def stop_signal() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    yield stop


async def serve(wire: Callable[[Resources], Awaitable[WorkerProcess]]) -> int:
    """Runs a worker until SIGTERM or SIGINT, then drains it and closes its resources. The exit code.

    1, with one line in the log, where the worker could not start, or where it or one of its loops ended by
    itself. Temporal gives its tasks to the next one. After the end of a loop the process ends within 5 s.
    """
    try:
        async with stop_signal() as stop, Resources() as resources:
            process = await wire(resources)
            if process.loops is None:
                await _run(process.worker, stop)
            else:
                async with process.loops.running(partial(end_within, FAILURE_S, 1)):
                    await _run(process.worker, stop)
    except LoopEndedError:  # it is in the log
        return 1
    except UnavailableError as error:
        log.critical("the worker cannot start", reason=str(error))
        return 1
    except Exception as error:
        log.critical("the worker ended", exc_info=error)
        return 1
    return 0


async def _run(worker: Worker, stop: asyncio.Event) -> None:
    async with worker:  # a fatal error of the worker is raised here
        log.info("worker started", queue=worker.task_queue)
        await stop.wait()
