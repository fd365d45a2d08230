import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

import aiohttp

from demo.shop.instruments import SERVER_ERROR, Instruments

POOL_SIZE: Final = 20
TIMEOUT_SECONDS: Final = 2.0


class CalleeTimeoutError(Exception):
    """The callee did not answer in time."""


class CalleeFailedError(Exception):
    """The callee answered 5xx, or could not be reached."""


class Outgoing(Protocol):
    """What a request needs from outside its own process."""

    async def call(self, trace_id: str) -> None:
        """Returns when it was done; CalleeTimeoutError or CalleeFailedError otherwise."""


class ConnectionPool:
    """Slots for outgoing connections; its use is exported as a gauge."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments
        self._slots = asyncio.Semaphore(instruments.pool_size)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds one slot."""
        async with self._slots:
            self._instruments.pool_in_use += 1
            try:
                yield
            finally:
                self._instruments.pool_in_use -= 1


class Callee:
    """The service downstream, over HTTP, one new connection a call so that the kernel balances."""

    def __init__(self, url: str, client: aiohttp.ClientSession, pool: ConnectionPool) -> None:
        self._url = url
        self._client = client
        self._pool = pool

    async def call(self, trace_id: str) -> None:
        """One POST, at most two seconds, the wait for a slot included."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self._pool.slot():
                try:
                    await self._post(trace_id)
                except aiohttp.ClientConnectionError:
                    # A listener that closes may reset what waits in its queue: one more try is safe,
                    # because nothing was answered.
                    await self._post(trace_id)
        except TimeoutError as error:
            raise CalleeTimeoutError(f"no answer within {TIMEOUT_SECONDS:.1f} s") from error
        except aiohttp.ClientError as error:
            raise CalleeFailedError(f"could not be reached: {type(error).__name__}") from error

    async def _post(self, trace_id: str) -> None:
        headers = {"traceparent": f"00-{trace_id}-{random.getrandbits(64):016x}-01"}
        async with self._client.post(self._url, headers=headers) as answer:
            await answer.read()
            if answer.status >= SERVER_ERROR:
                raise CalleeFailedError(f"answered {answer.status}")


class Ledger:
    """Where payments writes: a wait of some milliseconds in a slot, no process of its own."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def call(self, trace_id: str) -> None:  # noqa: ARG002  as every Outgoing
        """One write."""
        async with self._pool.slot():
            await asyncio.sleep(random.uniform(0.004, 0.009))
