from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.async_api import Request
from pydantic import BaseModel, TypeAdapter

from adapters.dashboards.answers.decoded_response import DECODE_ERRORS
from adapters.dashboards.answers.jaeger import read_traces
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.matches import matches, query_match
from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.responses import PageResponse, PanelRequest
from missions.errors import PlanError
from missions.evidence import Basis, Origin, Source
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery

_MAX_TRACES = 20
_SERVICES_PATH = "/api/services"


class _Services(BaseModel):
    data: list[str] | None = None


_SERVICES = TypeAdapter(_Services)


class JaegerDashboard(Dashboard):
    """Jaeger's search page: the newest traces of one service in the window.

    The target's one query is the service's name.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        no_query = PanelQuery.model_construct(panel="", query="")
        self._query = next(iter(visit.target.queries), no_query)

    def check(self) -> None:
        """It shows one service."""
        services = len(self._target.queries)
        if services != 1:
            raise PlanError(f"{self._target.id} names {services} services; Jaeger shows one.")

    @property
    def panels(self) -> tuple[str, ...]:
        """The list of traces."""
        return (self._query.panel,)

    @property
    def source(self) -> Source:
        """From its interface's own source, and recordings of its API."""
        return Source(type="jaeger", basis=Basis.CONTRACT)

    def panel_request(self, request: Request) -> PanelRequest | None:
        """The page's search for the service."""
        parts = urlsplit(request.url)
        if not parts.path.endswith("/api/traces"):
            return None
        if parse_qs(parts.query).get("service") != [self._query.query]:
            return None
        decode = partial(read_traces, panel_query=self._query, origin=Origin.PAGE_RESPONSE)
        return PanelRequest(self._query.panel, self._query.query, decode)

    async def navigate(self, url: str) -> None:
        """Opens the search over the window."""
        del url
        search = self._parameters(lookback="custom") if self._query.query else ""
        await self._open(f"{self._base}/search?{search}")

    async def query_api(self, panel: str) -> tuple[PageResponse, ...]:
        """The same search by API."""
        url = f"{self._base}/api/traces?{self._parameters()}"
        response = await fetch(self._page, url, seconds=self._budget.body, most=self._budget.answer_bytes)
        try:
            decoded = read_traces(response.content(), self._query, Origin.API)
        except DECODE_ERRORS:
            return ()
        return (PageResponse(panel, self._query.query, 0, response.status, decoded, origin=Origin.API),)

    def regions(self) -> tuple[Region, ...]:
        """By the classes of its result list or table."""
        region = Region(
            self._query.panel,
            f"traces of {self._query.query}",
            ("body",),
            error=((".ErrorMessage", ""),),
            loading=((".LoadingIndicator", ""),),
            empty=(("[class*=SearchTracePage], .u-simple-card", "No trace results"),),
            # 1.x shows a list, 2.x a table.
            ready=(
                ("a.ResultItemTitle--item, .ResultItemTitle", ""),
                (".SearchResults .ant-table-row", ""),
            ),
        )
        return (region,)

    async def rights(self) -> tuple[AccessRight, ...]:
        """Whether it lists its services."""
        response = await fetch(self._page, self._base + _SERVICES_PATH, seconds=self._budget.read)
        return (AccessRight(name="list services", held=not response.problem, detail=response.problem),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """The services that have traces."""
        await self._open(self._base + _SERVICES_PATH)
        names = (await self._listed(_SERVICES_PATH, _SERVICES, "services")).data or []
        return matches(words, (query_match("service", name, name) for name in names))

    def _parameters(self, **more: str) -> str:
        """The search's query string; its times are microseconds."""
        start, end = (round(time.timestamp() * 1_000_000) for time in (self._window.start, self._window.end))
        return urlencode(
            {"service": self._query.query, "start": start, "end": end, "limit": _MAX_TRACES, **more}
        )
