import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def stoppable(work: Coroutine[Any, Any, int]) -> int:
    """Cancels the work on SIGTERM, as Ctrl-C does. A second SIGTERM does not interrupt its cleanup."""
    running, loop = asyncio.ensure_future(work), asyncio.get_running_loop()

    def stop() -> None:
        # Without a handler, the next signal would end the process at once.
        loop.add_signal_handler(signal.SIGTERM, lambda: None)
        running.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    return await running
