import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from playwright.async_api import Request, Response
from pydantic import TypeAdapter

from adapters.browser.browser_pool import Tab
from adapters.browser.budget import Budget
from adapters.browser.errors import first_line
from adapters.dashboards.answers.mappings import mapped_line, mapped_series
from adapters.dashboards.answers.series_ids import with_unique_ids
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.masks import Masking
from adapters.dashboards.page.navigation import add_headers, open_page
from adapters.dashboards.page.panel_states import PanelFacts, observe_panels
from adapters.dashboards.page.pictures import PictureArea, picture_area, take_picture
from adapters.dashboards.page.readiness import (
    PanelElement,
    await_panels,
    fit_window,
    read_panels,
    scroll_to_top,
)
from adapters.dashboards.page.regions import AWAIT_REGIONS, READ_REGIONS, Region, plan_of
from adapters.dashboards.page.responses import PageResponse, PanelRequest, ResponseRecorder
from adapters.dashboards.page.sessions import SignIn
from adapters.dashboards.page.signs import ERROR
from missions.errors import BrowserError
from missions.evidence import Basis, Change, Dependency, LogLine, PanelObservation, Series, Source, Span
from missions.health import AccessRight, DashboardMatch, PanelDefinition
from missions.plan import Target, Window

_Listing = TypeVar("_Listing")
_LOOK_S = 0.5  # between two looks at which panels have been answered


@dataclass(frozen=True)
class DashboardVisit:
    """What a dashboard gets for one visit: a tab of its own, what to open in it, and its limits."""

    tab: Tab
    target: Target
    window: Window
    budget: Budget
    sign_in: SignIn = field(default_factory=SignIn)


class Dashboard(ABC):
    """One product's pages, driven in one tab for one visit. Its async methods raise BrowserError.

    A subclass says which requests ask for numbers (`panel_request`), where its panels are (`regions`), and,
    where it differs from the defaults here, how its page is opened, which API answers the same queries,
    which access rights missions need, and what can be searched.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        self._tab = visit.tab
        self._page = visit.tab.page
        self._target = visit.target
        self._base = visit.target.base_url.rstrip("/")
        self._window = visit.window
        self._budget = visit.budget
        self._sign_in = visit.sign_in
        self._masking = Masking(visit.target.masks)
        self._recorder = ResponseRecorder(self._page, self.panel_request, visit.budget)
        self._responses: tuple[PageResponse, ...] = ()
        self._area: PictureArea | None = None
        self._titles: dict[str, str] = {}

    def check(self) -> None:
        """Raises PlanError where the target names nothing that a visit could look at; nothing is opened."""
        return

    @abstractmethod
    def panel_request(self, request: Request) -> PanelRequest | None:
        """The panel's query that this request of the page is; None for all other requests."""

    def regions(self) -> tuple[Region, ...]:
        """The page's panels, by the product's own selectors."""
        return ()

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """JavaScript that waits for the panels, JavaScript that reads them, and the plan that both take."""
        return AWAIT_REGIONS, READ_REGIONS, plan_of(self.regions())

    @property
    def panels(self) -> tuple[str, ...]:
        """The ids of the panels that the visit observes; () for all that the page has."""
        return self._target.panels

    @property
    def url(self) -> str:
        """The page's present address."""
        return self._page.url

    @property
    def skipped_queries(self) -> int:
        """The number of the page's queries that were more than the budget allows to read."""
        return self._recorder.skipped

    @property
    def query_limit(self) -> int:
        """How many of the page's queries are read."""
        return self._budget.answers

    @property
    def source(self) -> Source:
        """The product with its version, as far as it is known by now."""
        return Source(type=self._target.type, basis=Basis.SEEN)

    async def connect(self) -> None:
        """Masks the page, records its responses, and restores its session; before anything is opened."""
        await self._masking.cover(self._page)
        self._recorder.attach()
        credentials = self._sign_in.credentials
        if credentials is not None and credentials.all_headers:
            await add_headers(self._page, self._target.base_url, credentials.all_headers)
        cookies = self._sign_in.sessions.get(self._sign_in.session)
        if cookies:
            # Playwright's two cookie types have the same shape and different names.
            await self._page.context.add_cookies(cast("Any", cookies))

    async def navigate(self, url: str) -> None:
        """Opens the page, which must answer and stay on its origin."""
        await self._open(url)

    async def ready(self) -> tuple[PanelObservation, ...]:
        """Waits for the panels and for the responses to their queries, and judges each panel."""
        await self._await_panels(time.monotonic() + self._budget.ready)
        self._tab.egress.check(self._page.url)
        await self._recorder.settle(self._budget.body)
        await self._masking.settle(self._page)
        await scroll_to_top(self._page, self._budget.read)
        elements = await self._read_panels()
        self._tab.egress.check(self._page.url)
        # A page may never stop asking: the evidence is what has been answered at this moment.
        recorded = self._recorder.responses()
        self._responses = tuple(response for response in recorded if self._is_wanted(response))
        self._responses += await self._query_missing()
        self._area = picture_area(elements, self._budget)
        by_id = {element.id: element for element in elements}
        self._titles = {element.id: element.title for element in elements}
        facts = PanelFacts(self._budget.ready, self.has_queries, self.absence, self.quiet)
        observed = observe_panels(self.panels, by_id, self._responses, facts)
        panels = [self._with_box(panel, by_id.get(panel.id)) for panel in observed]
        return await asyncio.to_thread(self._masking.apply, panels)

    def has_queries(self, panel: str) -> bool | None:
        """Whether the panel has queries of its own whose answers name it; None where that is not known."""
        del panel
        return None

    def absence(self, panel: str) -> str:
        """Why the page cannot show the panel, as far as the product tells; "" where it may."""
        del panel
        return ""

    @property
    def quiet(self) -> bool:
        """Whether a panel that shows no sign of its state counts as ready."""
        return False

    async def scan(self) -> None:
        """Reads which panels the page has by now; here it is known beforehand."""
        return

    async def screenshot(self) -> bytes:
        """JPEG of the page from its top to its last panel; only after `ready`."""
        area = self._area or picture_area((), self._budget)
        return await take_picture(self._tab.cdp, area, self._budget)

    async def query_api(self, panel: str) -> tuple[PageResponse, ...]:
        """The panel's numbers from the product's API; () where it has none, or it did not answer."""
        del panel
        return ()

    def describe(self, line: Series) -> Series:
        """The series with what the product says about its panel: here, the title on the page."""
        return line.model_copy(update={"title": line.title or self._titles.get(line.panel, "")})

    def metrics(self) -> tuple[Series, ...]:
        """The series of the panels, with ids that stay the same from visit to visit."""
        queries = [(response.panel, response.query) for response in self._responses]
        lines = (self.describe(line) for response in self._responses for line in response.decoded.series)
        series = (mapped_series(line, self._target.mappings) for line in lines)
        return self._masking.apply(with_unique_ids(series, queries))

    def logs(self) -> tuple[LogLine, ...]:
        """The log lines of all panels, each once, oldest first."""
        lines = {
            line.id: mapped_line(line, self._titles.get(line.panel, ""), self._target.mappings)
            for response in self._responses
            for line in response.decoded.logs
        }
        return self._masking.apply(sorted(lines.values(), key=lambda line: (line.at, line.id)))

    def changes(self) -> tuple[Change, ...]:
        """Deployments and operator actions that the page lists, each once, oldest first."""
        changes = {change.id: change for response in self._responses for change in response.decoded.changes}
        return self._masking.apply(sorted(changes.values(), key=lambda change: (change.at, change.id)))

    def dependencies(self) -> tuple[Dependency, ...]:
        """Which service calls which, each edge once."""
        edges = (edge for response in self._responses for edge in response.decoded.dependencies)
        return tuple(dict.fromkeys(edges))

    def spans(self) -> tuple[Span, ...]:
        """The spans of all panels, each once, oldest first."""
        spans = {
            (span.trace_id, span.span_id): span
            for response in self._responses
            for span in response.decoded.spans
        }
        return self._masking.apply(sorted(spans.values(), key=lambda span: (span.start, span.span_id)))

    async def rights(self) -> tuple[AccessRight, ...]:
        """The rights that missions need, and whether each is granted; only after `navigate`."""
        return (AccessRight(name="open the page", held=True),)

    def definitions(self) -> tuple[PanelDefinition, ...]:
        """The page's panels as their author defined them, if the product tells it; only after `navigate`."""
        return ()

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Pages that match the words; only after `connect`. () for a product without a search."""
        del words
        return ()

    async def save_session(self) -> None:
        """Keeps a person's sign-in for the mission's later visits, unless the connector has its own login."""
        if self._sign_in.credentials is None:
            await self._sign_in.save(self._page)

    async def close(self) -> None:
        """Stops recording."""
        await self._recorder.close()

    async def _await_panels(self, deadline: float) -> None:
        """Waits until each panel is drawn after the answer to its own query, or `deadline` (monotonic).

        The window becomes as tall as what scrolls inside the page, up to the height of the picture; what
        that brings onto the page is waited for, too.
        """
        while (left := deadline - time.monotonic()) > 0:
            await self.scan()
            unanswered = await self._unanswered()
            wait, _, plan = self.scripts()
            seconds = min(left, _LOOK_S) if unanswered else left
            looked = time.monotonic()
            await await_panels(self._tab, wait, plan | {"unanswered": unanswered}, seconds)
            grown = await fit_window(self._page, self._budget.picture_height, self._budget.read)
            if not (grown or unanswered) or self._tab.egress.stopped.is_set():
                return
            if unanswered and not grown:  # the page may show nothing to wait for before the answer comes
                await asyncio.sleep(min(max(looked + seconds - time.monotonic(), 0.0), _LOOK_S))

    async def _unanswered(self) -> list[str]:
        """The panels that have not got the answer to their own query yet, and do not show an error."""
        answered = self._recorder.answered
        waiting = [
            panel
            for panel in self.panels
            if self.has_queries(panel) and panel not in answered and not self.absence(panel)
        ]
        if not waiting:
            return []
        failed = {element.id for element in await self._read_panels() if element.state == ERROR}
        return [panel for panel in waiting if panel not in failed]

    async def _read_panels(self) -> tuple[PanelElement, ...]:
        _, read, plan = self.scripts()
        return await read_panels(self._page, read, plan, self._budget.read)

    async def _open(self, url: str, product: str = "") -> Response | None:
        return await open_page(self._tab, url, self._budget.goto, product)

    async def _listed(self, path: str, form: TypeAdapter[_Listing], what: str) -> _Listing:
        """What the product's own API lists, `what` in words; only after a page of it was opened."""
        response = await fetch(self._page, self._base + path, seconds=self._budget.read)
        try:
            return form.validate_python(response.json_value())
        except ValueError as error:
            detail = f"unreachable: its {what} could not be listed: {first_line(error)}"
            raise BrowserError(detail) from error

    async def _query_missing(self) -> tuple[PageResponse, ...]:
        """By API what the page's own responses lack; a query that the server refused is not repeated."""
        complete = {response.panel for response in self._responses if not response.problem or response.failed}
        missing = [panel for panel in self.panels if panel not in complete]
        results = await asyncio.gather(*(self.query_api(panel) for panel in missing))
        return tuple(response for responses in results for response in responses)

    def _with_box(self, panel: PanelObservation, element: PanelElement | None) -> PanelObservation:
        """The panel with its place on the picture that `screenshot` takes."""
        if element is None or self._area is None:
            return panel
        return panel.model_copy(update={"box": self._area.box_of(element.box)})

    def _is_wanted(self, response: PageResponse) -> bool:
        """Whether its panel is one that the visit observes, or it names no panel."""
        return not self.panels or not response.panel or response.panel in self.panels


MakeDashboard = Callable[[DashboardVisit], Dashboard]
