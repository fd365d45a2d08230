import asyncio
import random
from typing import Final, Self

from aiohttp import web

_HOST: Final = "127.0.0.1"
_ROUTE: Final = "/authorizations"


class ProviderStub:
    """A stand-in for another company's service, which no action of the shop can restart or scale."""

    def __init__(self) -> None:
        self._slower_seconds = 0.0
        app = web.Application()
        app.router.add_post(_ROUTE, self._authorize)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{_HOST}:{self._runner.addresses[0][1]}{_ROUTE}"

    def slow_down(self, seconds: float) -> None:
        """From now on each response takes about this much longer."""
        self._slower_seconds = seconds

    async def _authorize(self, _: web.Request) -> web.Response:
        await asyncio.sleep(random.uniform(0.008, 0.02) + self._slower_seconds * random.uniform(0.9, 1.15))
        return web.json_response({"authorized": True})
