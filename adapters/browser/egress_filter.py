import asyncio
import contextlib
from collections.abc import Set as AbstractSet

from playwright.async_api import BrowserContext, Error, Page, Request, Route, WebSocketRoute

from adapters.browser.egress_proxy import EgressProxy
from adapters.browser.origins import WebOrigin, origin_of
from missions.errors import BrowserError

_MAX_BLOCKED = 100
_URL_LENGTH = 200


class EgressFilter:
    """Lets one page request exactly its connector's origins; other requests are aborted and counted.

    It is the second line of defence behind the visit's egress proxy. `blocked` holds the first 100 addresses
    without their queries, `refused` counts all. `stopped` is set when the page tried to leave its origin,
    crashed, or exceeded its budget; `raise_if_stopped` raises the reason.
    """

    def __init__(self, origins: AbstractSet[WebOrigin], navigations: int = 20) -> None:
        self._origins = frozenset(origins)
        self._page: Page | None = None
        self.blocked: list[str] = []
        self.refused = 0
        self.stopped = asyncio.Event()
        self._reason = ""
        self._navigations = 0
        self._max_navigations = navigations
        self._proxy: EgressProxy | None = None

    def allows(self, url: str) -> bool:
        """Whether the URL is on one of the origins."""
        return origin_of(url) in self._origins

    def stop(self, reason: str) -> None:
        """Stops the visit, e.g. with `budget_exceeded: …`; the first reason counts."""
        self._reason = self._reason or reason
        self.stopped.set()

    def raise_if_stopped(self) -> None:
        """Raises BrowserError when the visit was stopped, or none of the origins could be reached."""
        if self._reason:
            raise BrowserError(self._reason)
        if self._proxy is not None and self._proxy.problem:
            raise BrowserError(self._proxy.problem)

    def check(self, url: str) -> None:
        """Raises BrowserError as `raise_if_stopped` does, and when the page is on another origin."""
        self.raise_if_stopped()
        if not self.allows(url):
            raise BrowserError(f"blocked: the page left for {_without_query(url)}")

    def set_proxy(self, proxy: EgressProxy) -> None:
        """Sets the visit's proxy, which knows why an origin could not be reached."""
        self._proxy = proxy

    async def install(self, context: BrowserContext) -> None:
        """Intercepts the requests of the context; call it before its first page opens."""
        await context.route("**/*", self._route)
        await context.route_web_socket(lambda url: not self.allows(url), self._close_socket)
        context.on("request", self._redirected)

    def watch(self, page: Page) -> None:
        """Sets the page whose main frame must stay on its origin; counts the sockets of its workers, too."""
        self._page = page
        page.on("websocket", lambda socket: self._count(socket.url))
        page.on("crash", lambda _: self.stop("browser: the page crashed"))

    async def _route(self, route: Route) -> None:
        # The page may be closed meanwhile.
        with contextlib.suppress(Error):
            if self.allows(route.request.url) and self._within_limit(route.request):
                await route.continue_()
            else:
                self._refuse(route.request)
                await route.abort("blockedbyclient")

    async def _close_socket(self, socket: WebSocketRoute) -> None:
        self._count(socket.url)
        with contextlib.suppress(Error):
            await socket.close()

    def _redirected(self, request: Request) -> None:
        # Playwright does not intercept the target of a redirect: the proxy stops it, this counts it.
        if request.redirected_from is not None and not self.allows(request.url):
            self._refuse(request)

    def _refuse(self, request: Request) -> None:
        self._count(request.url)
        if self._is_main(request) and not self.allows(request.url):
            self.stop(f"blocked: the page tried to leave for {_without_query(request.url)}")

    def _within_limit(self, request: Request) -> bool:
        """False for a navigation above the limit: some pages reload themselves for ever."""
        if self._is_main(request):
            self._navigations += 1
            if self._navigations > self._max_navigations:
                self.stop(f"budget_exceeded: the page loaded itself more than {self._max_navigations} times")
                return False
        return True

    def _is_main(self, request: Request) -> bool:
        with contextlib.suppress(Error):  # a popup's first request has no frame yet
            page = self._page
            return page is not None and request.is_navigation_request() and request.frame == page.main_frame
        return False

    def _count(self, url: str) -> None:
        if self.allows(url):
            return
        self.refused += 1
        if len(self.blocked) < _MAX_BLOCKED:
            self.blocked.append(_without_query(url))


def _without_query(url: str) -> str:
    """The address without its query, which may hold private data."""
    return url.split("?", 1)[0].split("#", 1)[0][:_URL_LENGTH]
