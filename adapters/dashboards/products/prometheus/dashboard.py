import json
import re
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode, urlsplit

from playwright.async_api import Error, Request, Response, Route
from pydantic import BaseModel, Field, TypeAdapter

from adapters.dashboards.answers.by_path import query_of
from adapters.dashboards.answers.decoded_response import DECODE_ERRORS
from adapters.dashboards.answers.prometheus import MATRIX, read_query
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.failures import fetch_error, wrong_product
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.matches import matches, query_match
from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.responses import PageResponse, PanelRequest, body_text
from adapters.dashboards.products.prometheus.interfaces import CLASSIC, Interface, interface_at
from missions.errors import PlanError
from missions.evidence import Basis, Origin, Source
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery, Target, queries_in

_POINTS = 250
_CLASSIC_NAME = re.compile("[a-zA-Z_:][a-zA-Z0-9_:]*")
_NAMES_PATH = "/api/v1/label/__name__/values"
_COUNTED = ("_total", "_count", "_sum")


class _Version(BaseModel):
    version: str = Field(default="", max_length=50)


class _BuildInfo(BaseModel):
    data: _Version


class _Names(BaseModel):
    data: list[str]


_NAMES = TypeAdapter(_Names)


class PrometheusDashboard(Dashboard):
    """Prometheus' own pages: one panel for each expression of the target.

    The expressions are the page's `queries`, or those of a deep link in its path (`g0.expr`, `g1.expr` …,
    whose panels are then `g0`, `g1` …). Settings: `serviceLabel` (default `service`) names a series'
    service, `stepSeconds` the resolution.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        self._queries = queries_of(visit.target)
        self._by_expression = {query.query: query for query in reversed(self._queries)}
        self._service_label = visit.target.settings.get("serviceLabel", "service")
        self._step = visit.target.settings.get("stepSeconds", "")
        self._interface: Interface | None = None
        self._version = ""

    def check(self) -> None:
        """It shows expressions."""
        if not self._queries:
            raise PlanError(f"{self._target.id} names no expression for Prometheus to show.")

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels of the queries."""
        return tuple(query.panel for query in self._queries)

    def panel_request(self, request: Request) -> PanelRequest | None:
        """A range query, for the panel that shows its expression."""
        if not urlsplit(request.url).path.endswith("/api/v1/query_range"):
            return None
        expression = query_of(request.url, body_text(request))
        panel_query = self._by_expression.get(expression)
        if panel_query is None:
            return None
        decode = partial(read_query, panel_query=panel_query, service_label=self._service_label, kinds=MATRIX)
        return PanelRequest(panel_query.panel, expression, decode)

    async def navigate(self, url: str) -> None:
        """Detects the server's user interface, and opens the expressions in it."""
        del url  # every interface has an address of its own
        # A small response of the same origin: from here the page can fetch `/` and see where it redirects.
        response = await self._open(self._base + "/api/v1/status/buildinfo", "Prometheus")
        self._version = await _version(response)
        home = await fetch(self._page, self._base + "/", seconds=self._budget.read)
        self._interface = interface_at(home.url)
        if home.status == 0:
            raise fetch_error(home, self._base + "/")
        if self._interface is None:
            raise wrong_product("Prometheus with a user interface", self._base + "/", home.url)
        if not self._queries:  # a test of a connector whose pages are not chosen yet
            await self._open(home.url)
            return
        await self._page.route(_is_completion, _answer_nothing)
        path = self._interface.path_for(self._queries, self._window, self._step, datetime.now(UTC))
        await self._open(self._base + path)

    @property
    def source(self) -> Source:
        """Our tests drive the classic interface; the others are known from their source code."""
        basis = Basis.SEEN if self._interface is CLASSIC else Basis.CONTRACT
        return Source(type="prometheus", version=self._version, basis=basis)

    def regions(self) -> tuple[Region, ...]:
        """By the selectors of the detected interface."""
        return self._interface.regions(self._queries) if self._interface else ()

    async def rights(self) -> tuple[AccessRight, ...]:
        """Whether it answers queries."""
        response = await fetch(self._page, f"{self._base}/api/v1/query?query=1", seconds=self._budget.read)
        return (AccessRight(name="query", held=not response.problem, detail=response.problem),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Its metrics by name, each as a page of its own."""
        await self._open(self._base + "/api/v1/status/buildinfo", "Prometheus")
        names = (await self._listed(_NAMES_PATH, _NAMES, "metrics")).data
        return matches(
            words, (query_match("metric", name, expression_of(name, self._service_label)) for name in names)
        )

    async def query_api(self, panel: str) -> tuple[PageResponse, ...]:
        """The same range query by API."""
        panel_query = next(query for query in self._queries if query.panel == panel)
        start, end = self._window.start.timestamp(), self._window.end.timestamp()
        step = self._step or str(max(1, int((end - start) / _POINTS)))
        parameters = urlencode({"query": panel_query.query, "start": start, "end": end, "step": step})
        response = await fetch(
            self._page,
            f"{self._base}/api/v1/query_range?{parameters}",
            seconds=self._budget.body,
            most=self._budget.answer_bytes,
        )
        try:
            decoded = read_query(response.content(), panel_query, self._service_label, MATRIX, Origin.API)
        except DECODE_ERRORS:
            return ()
        return (PageResponse(panel, panel_query.query, 0, response.status, decoded, origin=Origin.API),)


async def _version(response: Response | None) -> str:
    """The server's version, "" where its response has none."""
    try:
        return _BuildInfo.model_validate_json(await response.body()).data.version if response else ""
    except (ValueError, Error):
        return ""


def _is_completion(url: str) -> bool:
    """Whether a page asks for the names of all metrics, to complete what somebody types."""
    return urlsplit(url).path.endswith(_NAMES_PATH)


async def _answer_nothing(route: Route) -> None:
    """The classic interface puts all names into each graph: a large server's are 100,000 elements."""
    await route.fulfill(json={"status": "success", "data": []})


def expression_of(name: str, service_label: str) -> str:
    """What people ask of a metric with this name, by the endings that exporters give: a rate, or a level."""
    selector = name if _CLASSIC_NAME.fullmatch(name) else f"{{{json.dumps(name)}}}"
    if name.endswith("_bucket"):
        kept = ", ".join(dict.fromkeys(("le", "job", service_label)))
        return f"histogram_quantile(0.95, sum by ({kept}) (rate({selector}[2m])))"
    return f"rate({selector}[2m])" if name.endswith(_COUNTED) else selector


def queries_of(target: Target) -> tuple[PanelQuery, ...]:
    """The queries that the target shows."""
    queries = target.queries or queries_in(target.path)
    return tuple(query for query in queries if not target.panels or query.panel in target.panels)
