from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.async_api import Request
from pydantic import BaseModel

from adapters.browser.chromium import first_line
from adapters.dashboards.extract import UNREADABLE
from adapters.dashboards.jaeger_traces import read_traces
from adapters.dashboards.page import PageDashboard
from adapters.dashboards.page_fetch import fetch
from adapters.dashboards.page_responses import PageResponse
from adapters.dashboards.questions import PanelRequest
from adapters.dashboards.region import AWAIT_REGIONS, READ_REGIONS, Region, plan_of
from adapters.dashboards.scene import Scene
from missions.errors import BrowserError, PlanError
from missions.evidence import Basis, Origin, Source
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery

_MOST = 20


class _Services(BaseModel):
    data: list[str] | None = None


class JaegerDashboard(PageDashboard):
    """Jaeger's search page: the newest traces of one service in the window.

    The target's one query is the service's name.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        if len(scene.target.queries) != 1:
            raise PlanError(
                f"{scene.target.id} names {len(scene.target.queries)} services; Jaeger shows one."
            )
        self._asked: PanelQuery = scene.target.queries[0]
        self._base = scene.target.base_url.rstrip("/")

    @property
    def panels(self) -> tuple[str, ...]:
        """The list of traces."""
        return (self._asked.panel,)

    @property
    def source(self) -> Source:
        """From its interface's own source, and recordings of its API."""
        return Source(type="jaeger", basis=Basis.CONTRACT)

    def listen(self, request: Request) -> PanelRequest | None:
        """The search that the page makes for the service."""
        parts = urlsplit(request.url)
        if not parts.path.endswith("/api/traces"):
            return None
        if parse_qs(parts.query).get("service") != [self._asked.query]:
            return None
        read = partial(read_traces, asked=self._asked, origin=Origin.PAGE_RESPONSE)
        return PanelRequest(self._asked.panel, self._asked.query, read)

    async def navigate(self, url: str) -> None:
        """Opens the search over the window."""
        del url
        await self._open(f"{self._base}/search?{self._terms(lookback='custom')}")

    async def ask(self, name: str) -> tuple[PageResponse, ...]:
        """The same search by API."""
        answer = await fetch(
            self._page, f"{self._base}/api/traces?{self._terms()}", seconds=self._budget.body
        )
        try:
            extract = read_traces(answer.content(), self._asked, Origin.API)
        except UNREADABLE:
            return ()
        return (PageResponse(name, self._asked.query, 0, answer.status, extract, origin=Origin.API),)

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By the classes of its result list."""
        region = Region(
            self._asked.panel,
            f"traces of {self._asked.query}",
            "body",
            error=((".ErrorMessage", ""),),
            loading=((".LoadingIndicator", ""),),
            empty=(("body", "No trace results"),),
            ready=(("a.ResultItemTitle--item, .ResultItemTitle", ""),),
        )
        return AWAIT_REGIONS, READ_REGIONS, plan_of((region,))

    async def rights(self) -> tuple[AccessRight, ...]:
        """That it lists its services."""
        answer = await fetch(self._page, f"{self._base}/api/services", seconds=self._budget.read)
        return (AccessRight(name="list services", held=not answer.problem, detail=answer.problem),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """The services that have traces."""
        await self._open(f"{self._base}/api/services")
        answer = await fetch(self._page, f"{self._base}/api/services", seconds=self._budget.read)
        try:
            names = _Services.model_validate(answer.json_value()).data or []
        except ValueError as error:
            told = f"unreachable: its services could not be listed: {first_line(error)}"
            raise BrowserError(told) from error
        return tuple(
            DashboardMatch(kind="service", title=name) for name in names if words.lower() in name.lower()
        )

    def _terms(self, **more: str) -> str:
        start, end = (round(one.timestamp() * 1_000_000) for one in (self._window.start, self._window.end))
        return urlencode({"service": self._asked.query, "start": start, "end": end, "limit": _MOST, **more})
