from abc import abstractmethod
from functools import partial
from typing import Any

from playwright.async_api import Request

from adapters.browser.chromium import first_line
from adapters.dashboards.extract import UNREADABLE, Extract
from adapters.dashboards.page import PageDashboard
from adapters.dashboards.page_fetch import fetch
from adapters.dashboards.page_responses import PageResponse
from adapters.dashboards.questions import PanelRequest
from adapters.dashboards.region import AWAIT_REGIONS, READ_REGIONS, Region, plan_of
from adapters.dashboards.scene import Scene
from missions.evidence import Origin
from missions.health import AccessRight
from missions.plan import PanelQuery


class JsonPage(PageDashboard):
    """A product without a page of its own that we know: the answer of its API is the page.

    The first query is opened in the browser and pictured; the others are asked from there.
    """

    everything = ""
    """What is asked where a target names no query; "" where that would be nothing."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._base = scene.target.base_url.rstrip("/")
        plain = (PanelQuery(panel="all", query=self.everything),) if self.everything else ()
        self._queries = scene.target.queries or plain

    @abstractmethod
    def path_of(self, asked: PanelQuery) -> str:
        """Path and query of the API that answer this; with the scene's window in it."""

    @abstractmethod
    def read(self, body: bytes, asked: PanelQuery, origin: Origin) -> Extract:
        """What the answer holds. Raises ValueError where it has another shape, or is an error."""

    @property
    def panels(self) -> tuple[str, ...]:
        """Those of the queries."""
        return tuple(one.panel for one in self._queries)

    def listen(self, request: Request) -> PanelRequest | None:
        """The page itself is the answer."""
        first = self._queries[0]
        if not request.is_navigation_request() or request.url != self._base + self.path_of(first):
            return None
        return PanelRequest(
            first.panel, first.query, partial(self.read, asked=first, origin=Origin.PAGE_RESPONSE)
        )

    async def navigate(self, url: str) -> None:
        """Opens the first query's answer."""
        del url  # the API has addresses of its own
        await self._open(self._base + self.path_of(self._queries[0]))

    async def ask(self, name: str) -> tuple[PageResponse, ...]:
        """Another query, from the page."""
        asked = next(one for one in self._queries if one.panel == name)
        answer = await fetch(
            self._page,
            self._base + self.path_of(asked),
            seconds=self._budget.body,
            most=self._budget.answer_bytes,
        )
        problem, extract = answer.problem, Extract()
        try:
            extract = self.read(answer.content(), asked, Origin.API)
        except UNREADABLE as error:
            problem = first_line(error)
        return (PageResponse(name, asked.query, 0, answer.status or None, extract, problem, Origin.API),)

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """The browser shows JSON as text: that it is there is all that can be seen."""
        regions = tuple(Region(one.panel, one.panel, "body", ready=(("pre", ""),)) for one in self._queries)
        return AWAIT_REGIONS, READ_REGIONS, plan_of(regions)

    async def rights(self) -> tuple[AccessRight, ...]:
        """That it answers the first query, and in its shape."""
        first = self._queries[0]
        answer = await fetch(self._page, self._base + self.path_of(first), seconds=self._budget.body)
        try:
            self.read(answer.content(), first, Origin.API)
        except UNREADABLE as error:
            return (AccessRight(name="query", held=False, detail=first_line(error)[:200]),)
        return (AccessRight(name="query", held=True),)
