import asyncio
from collections.abc import Coroutine

PATIENCE_S = 1.0


class Background:
    """What a fault goes on doing until it is lifted."""

    def __init__(self, work: Coroutine[object, object, object]) -> None:
        self._task = asyncio.ensure_future(work)

    async def stop(self) -> None:
        """Ends it. Clients of servers may turn a cancellation into an error of theirs, so it is repeated."""
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=PATIENCE_S)
        if not self._task.cancelled():
            self._task.exception()
