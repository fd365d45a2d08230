import asyncio
import random
import time
from typing import Final, Protocol

import aiohttp
from prometheus_client import Histogram

from demo.shop.connection_pool import ConnectionPool
from demo.shop.instruments import SERVER_ERROR
from demo.shop.spans import CLIENT, SpanContext, SpanWriter

TIMEOUT_SECONDS: Final = 2.0


class CalleeTimeoutError(Exception):
    """The callee did not answer in time."""


class CalleeFailedError(Exception):
    """The callee answered 5xx, or could not be reached."""


class OutgoingCall(Protocol):
    """The call that a request makes outside its own process."""

    async def call(self, parent: SpanContext) -> None:
        """Returns when it succeeded. NoConnectionError, CalleeTimeoutError or CalleeFailedError."""


class ServiceClient:
    """Calls the next service over HTTP, with one connection per call so that the kernel balances them."""

    def __init__(
        self, name: str, url: str, client: aiohttp.ClientSession, pool: ConnectionPool, spans: SpanWriter
    ) -> None:
        self._name = name
        self._url = url
        self._client = client
        self._pool = pool
        self._spans = spans

    async def call(self, parent: SpanContext) -> None:
        """One POST of at most two seconds, including the wait for a slot."""
        child = parent.child()
        try:
            with self._spans.span(child, f"POST {self._name}", CLIENT):
                async with asyncio.timeout(TIMEOUT_SECONDS), self._pool.slot():
                    try:
                        await self._post(child)
                    except aiohttp.ClientConnectionError:
                        # A closing listener may reset the connections in its queue: without a response,
                        # one more try is safe.
                        await self._post(child)
        except TimeoutError as error:
            raise CalleeTimeoutError(f"gave no answer within {TIMEOUT_SECONDS:.1f} s") from error
        except aiohttp.ClientError as error:
            raise CalleeFailedError(f"could not be reached: {type(error).__name__}") from error

    async def _post(self, context: SpanContext) -> None:
        async with self._client.post(self._url, headers={"traceparent": context.header}) as answer:
            await answer.read()
            if answer.status >= SERVER_ERROR:
                raise CalleeFailedError(f"answered {answer.status}")


class LedgerClient:
    """The ledger of payments: a wait of some milliseconds in a slot, without a process of its own."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def call(self, parent: SpanContext) -> None:  # noqa: ARG002  the protocol's
        """One write."""
        async with self._pool.slot():
            await asyncio.sleep(random.uniform(0.004, 0.009))


class ProviderClient:
    """Calls another company's service over HTTP, and then the ledger."""

    def __init__(
        self,
        url: str,
        client: aiohttp.ClientSession,
        latency: Histogram,
        ledger: LedgerClient,
        spans: SpanWriter,
    ) -> None:
        self._url = url
        self._client = client
        self._latency = latency
        self._ledger = ledger
        self._spans = spans

    async def call(self, parent: SpanContext) -> None:
        """One authorization of at most two seconds, then one write; the trace context stays in the shop."""
        began = time.perf_counter()
        try:
            with self._spans.span(parent.child(), "POST provider", CLIENT):
                async with asyncio.timeout(TIMEOUT_SECONDS), self._client.post(self._url) as answer:
                    await answer.read()
        except TimeoutError as error:
            raise CalleeTimeoutError(f"gave no answer within {TIMEOUT_SECONDS:.1f} s") from error
        except aiohttp.ClientError as error:
            raise CalleeFailedError(f"could not be reached: {type(error).__name__}") from error
        finally:
            self._latency.observe(time.perf_counter() - began)
        await self._ledger.call(parent)
