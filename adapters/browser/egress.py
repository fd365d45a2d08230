import asyncio
import contextlib
import socket
from collections.abc import Set as AbstractSet

from playwright.async_api import BrowserContext, Error, Page, ProxySettings, Request, Route, WebSocketRoute

from adapters.browser.origins import WebOrigin, origin_of
from missions.errors import BrowserError

_KEPT = 100
_SHOWN = 200


class DeadEnd:
    """A loopback port that is bound and never listens: the proxy of everything a page may not reach.

    Interception does not see redirects or a worker's WebSockets. A proxy does, as Chromium's network
    stack obeys it for every connection, so each context has this one except for its own origins.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))

    def except_for(self, origins: AbstractSet[WebOrigin]) -> ProxySettings:
        """Proxy settings that lead everywhere but to these origins into the dead end."""
        # Later rules win: first take loopback's implicit bypass away, then let the origins through.
        bypass = ",".join(["<-loopback>", *sorted(origin.authority for origin in origins)])
        return {"server": f"http://127.0.0.1:{self._socket.getsockname()[1]}", "bypass": bypass}

    def close(self) -> None:
        """Frees the port."""
        self._socket.close()


class Egress:
    """Lets one page reach exactly its connector's origins; the rest is aborted and counted.

    The second line of defence: the first is a proxy. `blocked` holds the first 100 addresses without
    their queries, `refused` counts all, `departed` is set once the page itself tried to go elsewhere.
    """

    def __init__(self, origins: AbstractSet[WebOrigin]) -> None:
        self._origins = frozenset(origins)
        self._page: Page | None = None
        self.blocked: list[str] = []
        self.refused = 0
        self.departed = asyncio.Event()
        self._left_for = ""

    def allows(self, url: str) -> bool:
        """Whether the URL is http(s) or ws(s) on one of the exact origins."""
        return origin_of(url) in self._origins

    def check(self, url: str) -> None:
        """Raises BrowserError where a page ended up somewhere it may not be."""
        if self.departed.is_set():
            raise BrowserError(f"blocked: the page tried to leave for {self._left_for}")
        if not self.allows(url):
            raise BrowserError(f"blocked: the page left for {_bare(url)}")

    async def guard(self, context: BrowserContext) -> None:
        """Intercepts the context; before its first page opens."""
        await context.route("**/*", self._route)
        await context.route_web_socket(lambda url: not self.allows(url), self._close_socket)
        context.on("request", self._redirected)

    def watch(self, page: Page) -> None:
        """Names the page whose main frame must stay; also counts the sockets of its workers."""
        self._page = page
        page.on("websocket", lambda opened: self._count(opened.url))

    async def _route(self, route: Route) -> None:
        # The page may be gone before the answer is given.
        with contextlib.suppress(Error):
            if self.allows(route.request.url):
                await route.continue_()
            else:
                self._refuse(route.request)
                await route.abort("blockedbyclient")

    async def _close_socket(self, opened: WebSocketRoute) -> None:
        self._count(opened.url)
        with contextlib.suppress(Error):
            await opened.close()

    def _redirected(self, request: Request) -> None:
        # Playwright does not intercept what a redirect leads to: the proxy stops it, this counts it.
        if request.redirected_from is not None and not self.allows(request.url):
            self._refuse(request)

    def _refuse(self, request: Request) -> None:
        self._count(request.url)
        if self._leaves(request) and not self.departed.is_set():
            self._left_for = _bare(request.url)
            self.departed.set()

    def _leaves(self, request: Request) -> bool:
        with contextlib.suppress(Error):  # a popup's first request has no frame yet
            page = self._page
            return page is not None and request.is_navigation_request() and request.frame == page.main_frame
        return False

    def _count(self, url: str) -> None:
        if self.allows(url):
            return
        self.refused += 1
        if len(self.blocked) < _KEPT:
            self.blocked.append(_bare(url))


def _bare(url: str) -> str:
    """The address without its query, which may carry what a page knows."""
    return url.split("?", 1)[0].split("#", 1)[0][:_SHOWN]
