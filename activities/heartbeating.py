import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

INTERVAL_S = 2.0


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Sends a heartbeat every 2 s. Each step inside needs a deadline of its own."""
    heartbeats = asyncio.ensure_future(_send_heartbeats())
    try:
        yield
    finally:
        heartbeats.cancel()


async def _send_heartbeats() -> None:
    while True:
        activity.heartbeat("alive")
        await asyncio.sleep(INTERVAL_S)
