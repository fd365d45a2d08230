import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from demo.shop.instruments import Instruments

# Wide enough that chance moves its share in use by little: with few slots, a service that is full on the
# average has room for seconds, and one with room is full for seconds.
POOL_SIZE: Final = 40
LONGEST_WAIT_SECONDS: Final = 1.5
STALE_AFTER_SECONDS: Final = 0.3
STALE_FACTOR: Final = 1.15


class NoConnectionError(Exception):
    """All connections stayed taken for as long as a request may wait for one."""


class ConnectionPool:
    """Slots for outgoing connections; its use, and the wait for it, are exported."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments
        self._slots = asyncio.Semaphore(instruments.pool_size)
        self._hold_seconds = 0.0

    def hold(self, seconds: float) -> None:
        """From now on connections go back this long after their call has ended; nobody waits for that."""
        self._hold_seconds = seconds

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds one slot. NoConnectionError after a wait of 1.5 s."""
        waited = await self._acquire()
        try:
            yield
        finally:
            if self._hold_seconds:
                # Who waited long finds a connection that has gone stale, and sets it up anew: so a pool that
                # is full stays full until the load sinks well below what filled it, as real ones do.
                stale = waited > STALE_AFTER_SECONDS
                hold = self._hold_seconds * (STALE_FACTOR if stale else 1.0)
                asyncio.get_running_loop().call_later(hold, self._release)
            else:
                self._release()

    async def _acquire(self) -> float:
        """Seconds waited."""
        began = time.perf_counter()
        self._instruments.pool_waiting.inc()
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError as error:
            size = self._instruments.pool_size
            told = f"all {size} connections in use for {LONGEST_WAIT_SECONDS:.1f} s"
            raise NoConnectionError(told) from error
        finally:
            self._instruments.pool_waiting.dec()
            waited = time.perf_counter() - began
            self._instruments.observe_wait(waited)
        self._instruments.pool_in_use.inc()
        return waited

    def _release(self) -> None:
        self._instruments.pool_in_use.dec()
        self._slots.release()
