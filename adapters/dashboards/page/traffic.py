"""Whether a page still asks for something."""

import asyncio

from playwright.async_api import Page, Request

_LOOK_S = 0.1


class Traffic:
    """Counts a page's open requests, but for event streams and media, which never end."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open: set[Request] = set()
        self._changed = 0.0

    def attach(self) -> None:
        """Starts to count; before the page is opened."""
        self._page.on("request", self._begins)
        self._page.on("requestfinished", self._ends)
        self._page.on("requestfailed", self._ends)

    async def quiet(self, calm_s: float, seconds: float) -> bool:
        """Waits until no request was open for `calm_s`; False where that did not happen within `seconds`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self.is_quiet(calm_s):
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(_LOOK_S)
        return True

    def is_quiet(self, calm_s: float) -> bool:
        """Whether no request was open for `calm_s` seconds."""
        return not self._open and asyncio.get_running_loop().time() - self._changed >= calm_s

    def _begins(self, request: Request) -> None:
        if request.resource_type not in {"eventsource", "websocket", "ping", "media"}:
            self._open.add(request)
            self._changed = asyncio.get_running_loop().time()

    def _ends(self, request: Request) -> None:
        if request in self._open:
            self._open.discard(request)
            self._changed = asyncio.get_running_loop().time()
