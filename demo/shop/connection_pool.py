import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from demo.shop.instruments import Instruments

# Large enough for a steady share in use: with few slots, chance fills and frees the pool for seconds.
POOL_SIZE: Final = 40
LONGEST_WAIT_SECONDS: Final = 1.5
STALE_AFTER_SECONDS: Final = 0.3
STALE_FACTOR: Final = 1.15


class NoConnectionError(Exception):
    """No connection became free within the time that a request may wait."""


class ConnectionPool:
    """Slots for outgoing connections; their use and the waits for them are exported."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments
        self._slots = asyncio.Semaphore(instruments.pool_size)
        self._hold_seconds = 0.0

    def hold(self, seconds: float) -> None:
        """From now on a connection goes back this long after its call; the call itself does not wait."""
        self._hold_seconds = seconds

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds one slot. NoConnectionError after a wait of 1.5 s."""
        waited = await self._acquire()
        try:
            yield
        finally:
            if self._hold_seconds:
                # A long wait ends with a stale connection that is opened again. So a full pool stays full
                # until the load is well below the one that filled it, as with real pools.
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
            raise NoConnectionError(
                f"all {size} connections in use for {LONGEST_WAIT_SECONDS:.1f} s"
            ) from error
        finally:
            self._instruments.pool_waiting.dec()
            waited = time.perf_counter() - began
            self._instruments.observe_wait(waited)
        self._instruments.pool_in_use.inc()
        return waited

    def _release(self) -> None:
        self._instruments.pool_in_use.dec()
        self._slots.release()
