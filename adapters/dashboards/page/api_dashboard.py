from abc import abstractmethod
from functools import partial

from playwright.async_api import Request

from adapters.browser.errors import first_line
from adapters.dashboards.answers.decoded_response import DECODE_ERRORS, DecodedResponse
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.matches import matches, query_match
from adapters.dashboards.page.regions import Region
from adapters.dashboards.page.responses import PageResponse, PanelRequest
from missions.errors import PlanError
from missions.evidence import Origin
from missions.health import AccessRight, DashboardMatch
from missions.plan import PanelQuery


class ApiDashboard(Dashboard):
    """A product whose API response is opened as the page, because it has no pages with known selectors.

    The first query is opened in the browser and pictured; the page then fetches the others.
    """

    default_query = ""
    """The query of a target that names none; "" where the product has no query for everything."""
    default_title = ""
    """What it answers, in words."""

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        default = (PanelQuery(panel="all", query=self.default_query),) if self.default_query else ()
        self._queries = visit.target.queries or default

    @abstractmethod
    def path_of(self, panel_query: PanelQuery) -> str:
        """Path and query string of the API request over the visit's window."""

    @abstractmethod
    def decode(self, body: bytes, panel_query: PanelQuery, origin: Origin) -> DecodedResponse:
        """Decodes the response. Raises ValueError where it has another shape, or is an error."""

    def check(self) -> None:
        """It asks queries."""
        if not self._queries:
            raise PlanError(f"{self._target.id} names no query for {self._target.type}.")

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels of the queries."""
        return tuple(panel_query.panel for panel_query in self._queries)

    def panel_request(self, request: Request) -> PanelRequest | None:
        """The navigation to the first query's response."""
        first = next(iter(self._queries), None)
        if first is None or not request.is_navigation_request():
            return None
        if request.url != self._base + self.path_of(first):
            return None
        return PanelRequest(
            first.panel, first.query, partial(self.decode, panel_query=first, origin=Origin.PAGE_RESPONSE)
        )

    async def navigate(self, url: str) -> None:
        """Opens the first query's response."""
        if not self._queries:  # a test of a connector whose pages are not chosen yet
            await self._open(url)
            return
        await self._open(self._base + self.path_of(self._queries[0]))

    async def query_api(self, panel: str) -> tuple[PageResponse, ...]:
        """The response to another query, fetched by the page."""
        panel_query = next(query for query in self._queries if query.panel == panel)
        response = await fetch(
            self._page,
            self._base + self.path_of(panel_query),
            seconds=self._budget.body,
            most=self._budget.answer_bytes,
        )
        problem, decoded = response.problem, DecodedResponse()
        try:
            decoded = self.decode(response.content(), panel_query, Origin.API)
        except DECODE_ERRORS as error:
            problem = first_line(error)
        status = response.status or None
        return (PageResponse(panel, panel_query.query, 0, status, decoded, problem, Origin.API),)

    def regions(self) -> tuple[Region, ...]:
        """The browser shows JSON as text in `pre`, for every panel the same."""
        return tuple(Region(panel, panel, ("body",), ready=(("pre", ""),)) for panel in self.panels)

    async def rights(self) -> tuple[AccessRight, ...]:
        """Whether it answers the first query, and in the expected shape."""
        if not self._queries:
            return await super().rights()
        first = self._queries[0]
        response = await fetch(self._page, self._base + self.path_of(first), seconds=self._budget.body)
        try:
            self.decode(response.content(), first, Origin.API)
        except DECODE_ERRORS as error:
            return (AccessRight(name="query", held=False, detail=first_line(error)[:200]),)
        return (AccessRight(name="query", held=True),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Everything that it has, as one page; () where the product has no query for everything."""
        everything = (query_match("page", self.default_title, self.default_query),)
        return matches(words, everything if self.default_query else ())
