import asyncio
import random
import time
from typing import Final, Protocol

import aiohttp
from prometheus_client import Histogram

from demo.shop.connection_pool import ConnectionPool
from demo.shop.instruments import SERVER_ERROR
from demo.shop.spans import CLIENT, Context, Spans

TIMEOUT_SECONDS: Final = 2.0


class CalleeTimeoutError(Exception):
    """The callee did not answer in time."""


class CalleeFailedError(Exception):
    """The callee answered 5xx, or could not be reached."""


class Outgoing(Protocol):
    """What a request needs from outside its own process."""

    async def call(self, within: Context) -> None:
        """Returns when it was done; NoConnectionError, CalleeTimeoutError or CalleeFailedError otherwise."""


class Callee:
    """The service downstream, over HTTP, one new connection a call so that the kernel balances."""

    def __init__(
        self, name: str, url: str, client: aiohttp.ClientSession, pool: ConnectionPool, spans: Spans
    ) -> None:
        self._name = name
        self._url = url
        self._client = client
        self._pool = pool
        self._spans = spans

    async def call(self, within: Context) -> None:
        """One POST, at most two seconds, the wait for a slot included."""
        child = within.child()
        try:
            with self._spans.span(child, f"POST {self._name}", CLIENT):
                async with asyncio.timeout(TIMEOUT_SECONDS), self._pool.slot():
                    try:
                        await self._post(child)
                    except aiohttp.ClientConnectionError:
                        # A listener that closes may reset what waits in its queue: one more try is safe,
                        # because nothing was answered.
                        await self._post(child)
        except TimeoutError as error:
            raise CalleeTimeoutError(f"gave no answer within {TIMEOUT_SECONDS:.1f} s") from error
        except aiohttp.ClientError as error:
            raise CalleeFailedError(f"could not be reached: {type(error).__name__}") from error

    async def _post(self, context: Context) -> None:
        async with self._client.post(self._url, headers={"traceparent": context.header}) as answer:
            await answer.read()
            if answer.status >= SERVER_ERROR:
                raise CalleeFailedError(f"answered {answer.status}")


class PaymentWrites:
    """Where payments writes: a wait of some milliseconds in a slot, no process of its own."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def call(self, within: Context) -> None:  # noqa: ARG002  as every Outgoing
        """One write."""
        async with self._pool.slot():
            await asyncio.sleep(random.uniform(0.004, 0.009))


class Provider:
    """Another company's service, over HTTP: what is done with it is done before the ledger is written."""

    def __init__(
        self, url: str, client: aiohttp.ClientSession, latency: Histogram, ledger: PaymentWrites, spans: Spans
    ) -> None:
        self._url = url
        self._client = client
        self._latency = latency
        self._ledger = ledger
        self._spans = spans

    async def call(self, within: Context) -> None:
        """One authorization, at most two seconds, then one write; no trace goes to another company."""
        began = time.perf_counter()
        try:
            with self._spans.span(within.child(), "POST provider", CLIENT):
                async with asyncio.timeout(TIMEOUT_SECONDS), self._client.post(self._url) as answer:
                    await answer.read()
        except TimeoutError as error:
            raise CalleeTimeoutError(f"gave no answer within {TIMEOUT_SECONDS:.1f} s") from error
        except aiohttp.ClientError as error:
            raise CalleeFailedError(f"could not be reached: {type(error).__name__}") from error
        finally:
            self._latency.observe(time.perf_counter() - began)
        await self._ledger.call(within)
