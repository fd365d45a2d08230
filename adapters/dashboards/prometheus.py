from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.async_api import Error, Request, Response
from pydantic import BaseModel, Field

from adapters.browser.chromium import first_line
from adapters.dashboards.extract import UNREADABLE
from adapters.dashboards.page import PageDashboard
from adapters.dashboards.page_fetch import fetch
from adapters.dashboards.page_responses import PageResponse
from adapters.dashboards.prometheus_matrix import MATRIX, read_answer
from adapters.dashboards.prometheus_ui import CLASSIC, Interface, interface_at
from adapters.dashboards.questions import PanelRequest, form_of
from adapters.dashboards.region import AWAIT_REGIONS, READ_REGIONS, plan_of
from adapters.dashboards.scene import Scene
from adapters.dashboards.shapes import query_of
from missions.errors import BrowserError, PlanError
from missions.evidence import Basis, Origin, Source
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery, Target


class _Version(BaseModel):
    version: str = Field(default="", max_length=50)


class _BuildInfo(BaseModel):
    data: _Version


class _Names(BaseModel):
    data: list[str]


_MOST = 100


class PrometheusDashboard(PageDashboard):
    """Prometheus' own pages: one panel for each expression of the target.

    The expressions are the page's `queries`, or those of a deep link in its path (`g0.expr`, `g1.expr` …,
    whose panels are then `g0`, `g1` …). Settings: `serviceLabel` (default `service`) names a series'
    service, `stepSeconds` the resolution.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._queries = queries_of(scene.target)
        self._by_query = {one.query: one for one in reversed(self._queries)}
        self._interface: Interface | None = None
        self._version = ""
        self._base = scene.target.base_url.rstrip("/")

    @property
    def panels(self) -> tuple[str, ...]:
        """Those of the queries."""
        return tuple(one.panel for one in self._queries)

    def listen(self, request: Request) -> PanelRequest | None:
        """A query's panel is the one that shows its expression."""
        if not urlsplit(request.url).path.endswith("/api/v1/query_range"):
            return None
        text = query_of(request.url, form_of(request))
        asked = self._by_query.get(text)
        if asked is None:
            return None
        label = self._target.settings.get("serviceLabel", "service")
        return PanelRequest(
            asked.panel, text, partial(read_answer, asked=asked, service_label=label, kinds=MATRIX)
        )

    async def navigate(self, url: str) -> None:
        """Finds out which interface the server has, and opens the expressions in it."""
        del url  # every interface has an address of its own
        base = self._base
        # A small answer of the same origin: from here the page can ask where `/` leads.
        answer = await self._open(base + "/api/v1/status/buildinfo")
        self._version = await _version(answer)
        home = await fetch(self._page, base + "/", seconds=self._budget.read)
        self._interface = interface_at(home.url)
        if self._interface is None or home.status == 0:
            raise BrowserError("unreachable: this is no Prometheus that has a user interface")
        step = self._target.settings.get("stepSeconds", "")
        now = datetime.now(UTC)
        await self._open(base + self._interface.address(self._queries, self._window, step, now))

    @property
    def source(self) -> Source:
        """The classic interface is driven by our tests; the others are known from their source."""
        seen = self._interface is CLASSIC
        return Source(type="prometheus", version=self._version, basis=Basis.SEEN if seen else Basis.CONTRACT)

    async def rights(self) -> tuple[AccessRight, ...]:
        """That it answers queries."""
        answer = await fetch(self._page, f"{self._base}/api/v1/query?query=1", seconds=self._budget.read)
        return (AccessRight(name="query", held=not answer.problem, detail=answer.problem),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Its metrics by name, each as a page of its own."""
        await self._open(self._base + "/api/v1/status/buildinfo")
        path = f"{self._base}/api/v1/label/__name__/values"
        answer = await fetch(self._page, path, seconds=self._budget.read)
        try:
            names = _Names.model_validate(answer.json_value()).data
        except ValueError as error:
            raise BrowserError(
                f"unreachable: its metrics could not be listed: {first_line(error)}"
            ) from error
        wanted = words.lower().split()
        fitting = [name for name in names if all(word in name.lower() for word in wanted)]
        return tuple(
            DashboardMatch(kind="metric", title=name, path=f"/graph?g0.expr={name}&g0.tab=0", panels=("g0",))
            for name in fitting[:_MOST]
        )

    async def ask(self, name: str) -> tuple[PageResponse, ...]:
        """The same question by API."""
        asked = next(one for one in self._queries if one.panel == name)
        start, end = self._window.start.timestamp(), self._window.end.timestamp()
        step = self._target.settings.get("stepSeconds", "") or str(max(1, int((end - start) / 250)))
        given = urlencode({"query": asked.query, "start": start, "end": end, "step": step})
        path = f"{self._base}/api/v1/query_range?{given}"
        answer = await fetch(self._page, path, seconds=self._budget.body, most=self._budget.answer_bytes)
        label = self._target.settings.get("serviceLabel", "service")
        try:
            extract = read_answer(answer.content(), asked, label, MATRIX, Origin.API)
        except UNREADABLE:
            return ()
        return (PageResponse(name, asked.query, 0, answer.status, extract, origin=Origin.API),)

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By what the found interface shows of each panel."""
        regions = self._interface.regions(self._queries) if self._interface else ()
        return AWAIT_REGIONS, READ_REGIONS, plan_of(regions)


async def _version(answer: Response | None) -> str:
    """What it says of itself, "" where it says nothing."""
    try:
        return _BuildInfo.model_validate_json(await answer.body()).data.version if answer else ""
    except (ValueError, Error):
        return ""


def queries_of(target: Target) -> tuple[PanelQuery, ...]:
    """What the target shows. Raises PlanError where it names no expression."""
    linked = dict(parse_qsl(urlsplit(target.path).query))
    found = target.queries or tuple(
        PanelQuery(panel=name.partition(".")[0], query=text)
        for name, text in sorted(linked.items())
        if name.endswith(".expr")
    )
    wanted = tuple(one for one in found if not target.panels or one.panel in target.panels)
    if not wanted:
        raise PlanError(f"{target.id} names no expression for Prometheus to show.")
    return wanted
