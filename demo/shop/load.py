import asyncio
import random
from typing import Final

import aiohttp

REQUESTS_PER_SECOND: Final = 12.0
MOST_IN_FLIGHT: Final = 40
TIMEOUT_SECONDS: Final = 5.0


class LoadGenerator:
    """The customers: a bounded stream of orders to web."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._in_flight: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Places orders at jittered intervals, until cancelled; none while too many are in flight."""
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        jar = aiohttp.DummyCookieJar()
        loop = asyncio.get_running_loop()
        due = loop.time()
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as client:
            try:
                while True:
                    due += random.uniform(0.4, 1.6) / REQUESTS_PER_SECOND
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    if len(self._in_flight) < MOST_IN_FLIGHT:
                        order = asyncio.create_task(self._order(client))
                        self._in_flight.add(order)
                        order.add_done_callback(self._in_flight.discard)
            finally:
                for order in self._in_flight:
                    order.cancel()

    async def _order(self, client: aiohttp.ClientSession) -> None:
        for _ in range(2):
            try:
                async with client.post(self._url) as answer:
                    await answer.read()
                    return
            except aiohttp.ClientConnectionError:
                continue  # a closing listener reset it: the customer presses the button again
            except (aiohttp.ClientError, TimeoutError):
                return
