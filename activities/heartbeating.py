import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

EVERY_S = 2.0


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Tells Temporal every 2 s that the worker lives; each step inside has a deadline of its own."""
    beats = asyncio.ensure_future(_beat())
    try:
        yield
    finally:
        beats.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat("alive")
        await asyncio.sleep(EVERY_S)  # a pulse, not a wait for a condition
