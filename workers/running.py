import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.worker import Worker

log = structlog.get_logger(__name__)
DRAIN = timedelta(seconds=20)
"""How long a worker that is told to stop may finish what it has begun."""


@asynccontextmanager
async def until_told_to_stop() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    yield stop


async def serve(building: AbstractAsyncContextManager[Worker]) -> None:
    """Runs a worker until the process is told to stop, and drains it."""
    async with until_told_to_stop() as stop, building as worker:
        running = asyncio.ensure_future(worker.run())
        log.info("worker started", queue=worker.task_queue)
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            await worker.shutdown()
        await running
