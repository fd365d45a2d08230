import asyncio
import contextlib
from collections.abc import Set as AbstractSet

from playwright.async_api import BrowserContext, Error, Page, Request, Route, WebSocketRoute

from adapters.browser.egress_proxy import EgressProxy
from adapters.browser.origins import WebOrigin, origin_of
from missions.errors import BrowserError

_KEPT = 100
_SHOWN = 200


class Egress:
    """Lets one page reach exactly its connector's origins; the rest is aborted and counted.

    The second line of defence: the first is the passage, the visit's proxy. `blocked` holds the first 100
    addresses without their queries, `refused` counts all. `departed` is set once it is over with the page:
    it tried to go elsewhere, crashed, or used up what a visit may; `end` raises why.
    """

    def __init__(self, origins: AbstractSet[WebOrigin], navigations: int = 20) -> None:
        self._origins = frozenset(origins)
        self._page: Page | None = None
        self.blocked: list[str] = []
        self.refused = 0
        self.departed = asyncio.Event()
        self._over = ""
        self._navigations = 0
        self._most = navigations
        self._passage: EgressProxy | None = None

    def allows(self, url: str) -> bool:
        """Whether the URL is http(s) or ws(s) on one of the exact origins."""
        return origin_of(url) in self._origins

    def stop(self, reason: str) -> None:
        """Ends the visit of the page, e.g. `budget_exceeded: …`; the first reason counts."""
        self._over = self._over or reason
        self.departed.set()

    def end(self) -> None:
        """Raises BrowserError where it is over with the page, or nobody answered at any origin."""
        if self._over:
            raise BrowserError(self._over)
        if self._passage is not None and self._passage.trouble:
            raise BrowserError(self._passage.trouble)

    def check(self, url: str) -> None:
        """The same, and where a page ended up somewhere it may not be."""
        self.end()
        if not self.allows(url):
            raise BrowserError(f"blocked: the page left for {_bare(url)}")

    def behind(self, passage: EgressProxy) -> None:
        """Names the passage, which knows why nobody answered."""
        self._passage = passage

    async def guard(self, context: BrowserContext) -> None:
        """Intercepts the context; before its first page opens."""
        await context.route("**/*", self._route)
        await context.route_web_socket(lambda url: not self.allows(url), self._close_socket)
        context.on("request", self._redirected)

    def watch(self, page: Page) -> None:
        """Names the page whose main frame must stay; also counts the sockets of its workers."""
        self._page = page
        page.on("websocket", lambda opened: self._count(opened.url))
        page.on("crash", lambda _: self.stop("browser: the page crashed"))

    async def _route(self, route: Route) -> None:
        # The page may be gone before the answer is given.
        with contextlib.suppress(Error):
            if self.allows(route.request.url) and self._goes_on(route.request):
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
        if self._is_main(request) and not self.allows(request.url):
            self.stop(f"blocked: the page tried to leave for {_bare(request.url)}")

    def _goes_on(self, request: Request) -> bool:
        """Whether it is no navigation too many: some pages load themselves for ever."""
        if self._is_main(request):
            self._navigations += 1
            if self._navigations > self._most:
                self.stop(f"budget_exceeded: the page loaded itself more than {self._most} times")
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
        if len(self.blocked) < _KEPT:
            self.blocked.append(_bare(url))


def _bare(url: str) -> str:
    """The address without its query, which may carry what a page knows."""
    return url.split("?", 1)[0].split("#", 1)[0][:_SHOWN]
