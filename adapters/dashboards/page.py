import asyncio
from abc import ABC, abstractmethod
from typing import Any, cast

from playwright.async_api import Error, Request, Response
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from pydantic import ValidationError

from adapters.browser.chromium import first_line
from adapters.browser.picture import photograph
from adapters.dashboards.access import carry_headers
from adapters.dashboards.marks import Marks
from adapters.dashboards.masking import Masking
from adapters.dashboards.page_responses import PageResponse, ResponseRecorder
from adapters.dashboards.panels import Marked, Seen, judge
from adapters.dashboards.questions import PanelRequest
from adapters.dashboards.scene import Scene
from adapters.dashboards.series_ids import distinct
from missions.errors import BrowserError
from missions.evidence import Basis, Box, Change, Dependency, LogLine, PanelObservation, Series, Source, Span
from missions.health import AccessRight, DashboardMatch

_BAD_REQUEST = 400
_MARGIN = 16
_GRACE_S = 1.0


class PageDashboard(ABC):
    """What all products share: one page, its panels, and its own questions with their answers.

    A product says which requests are questions, where its panels are, and how its page is opened.
    """

    marks = Marks()
    """The words for a panel's state that the scripts answer with."""

    def __init__(self, scene: Scene) -> None:
        self._tab = scene.tab
        self._page = scene.tab.page
        self._target = scene.target
        self._window = scene.window
        self._budget = scene.budget
        self._access = scene.access
        self._masking = Masking(scene.target.masks)
        self._book = ResponseRecorder(self._page, self.listen, scene.budget)
        self._answers: tuple[PageResponse, ...] = ()
        self._area = (0.0, 0.0)

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels that are looked at; () for all that the page has."""
        return self._target.panels

    @abstractmethod
    def listen(self, request: Request) -> PanelRequest | None:
        """Tells a question for numbers from all other requests."""

    @abstractmethod
    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """What waits for the panels, what reads them, and the plan that both take."""

    @property
    def url(self) -> str:
        """Where the page is now."""
        return self._page.url

    async def connect(self) -> None:
        """Starts to listen for answers; each request to the dashboard's origin carries the headers."""
        await self._masking.cover(self._page)
        self._book.attach()
        credentials = self._access.credentials
        if credentials is not None and credentials.all_headers:
            await carry_headers(self._page, self._target.base_url, credentials.all_headers)
        kept = self._access.sessions.recall(self._access.session)
        if kept:
            await self._page.context.add_cookies(cast("Any", kept))  # two names of one shape

    async def navigate(self, url: str) -> None:
        """Opens the page, which must answer and stay on its origin."""
        await self._open(url)

    async def _open(self, url: str) -> Response | None:
        response: Response | None = None
        try:
            response = await self._page.goto(
                url, wait_until="domcontentloaded", timeout=self._budget.goto * 1000
            )
        except PlaywrightTimeoutError as error:
            self._tab.egress.end()
            raise BrowserError(f"timeout: the page did not open within {self._budget.goto:g} s") from error
        except Error as error:
            self._tab.egress.end()
            raise BrowserError(f"unreachable: {first_line(error)}") from error
        self._tab.egress.check(self._page.url)
        if response is not None and response.status >= _BAD_REQUEST:
            raise BrowserError(f"unreachable: the page answered HTTP {response.status}")
        return response

    async def ready(self) -> tuple[PanelObservation, ...]:
        """Waits once for all panels, then for what they asked; late ones are said to be late."""
        await self._await_panels()
        self._tab.egress.check(self._page.url)
        await self._book.settle(self._budget.body)
        async with asyncio.timeout(self._budget.read):
            _, read, plan = self.scripts()
            found = await self._page.evaluate(read, plan)
        try:
            seen = Seen.model_validate(found)
        except ValidationError as error:
            raise BrowserError("browser: the page's marks could not be read") from error
        self._tab.egress.check(self._page.url)
        # Of a page that never stops asking, exactly what is known at this moment is the evidence.
        known = self._book.answers()
        self._answers = tuple(answer for answer in known if self._belongs(answer))
        self._answers += await self._asked_again()
        self._area = seen.span
        marked = {panel.id: panel for panel in seen.panels}
        judged = judge(self.panels, marked, self._answers, self.marks, self._budget.ready)
        return self._masking.told(tuple(self._placed(panel, marked.get(panel.id)) for panel in judged))

    async def ask(self, name: str) -> tuple[PageResponse, ...]:
        """The panel's numbers by the product's API; () where it has none, or they did not come."""
        del name
        return ()

    async def _asked_again(self) -> tuple[PageResponse, ...]:
        """What the page's own answers lack, once more by API; a query that was refused is not repeated."""
        whole = {one.panel for one in self._answers if not one.problem or one.failed}
        lacking = [name for name in self.panels if name not in whole]
        found = await asyncio.gather(*(self.ask(name) for name in lacking))
        return tuple(answer for answers in found for answer in answers)

    def _placed(self, panel: PanelObservation, marked: Marked | None) -> PanelObservation:
        """The panel with its place on the picture that `screenshot` takes."""
        if marked is None:
            return panel
        start, height = self._clip()
        place = marked.box
        top, bottom = max(place.y - start, 0.0), min(place.y + place.height - start, height)
        left, right = max(place.x, 0.0), min(place.x + place.width, float(self._budget.picture_width))
        if bottom <= top or right <= left:
            return panel
        box = Box(x=round(left), y=round(top), width=round(right - left), height=round(bottom - top))
        return panel.model_copy(update={"box": box})

    def _clip(self) -> tuple[float, float]:
        """Where the picture begins on the page, and how tall it is (pixels)."""
        top, bottom = self._area
        start = 0.0 if bottom + _MARGIN <= self._budget.picture_height else max(0.0, top - _MARGIN)
        return start, min(self._budget.picture_height, max(bottom + _MARGIN - start, 1.0))

    async def screenshot(self) -> bytes:
        """JPEG of the page from its top to its last panel, or of the tallest part from the first one on."""
        start, height = self._clip() if self._area[1] else (0.0, float(self._budget.picture_height))
        try:
            async with asyncio.timeout(self._budget.screenshot):
                width, quality = self._budget.picture_width, self._budget.jpeg_quality
                return await photograph(self._tab.cdp, start, height, width, quality)
        except TimeoutError as error:
            raise BrowserError(f"picture: none within {self._budget.screenshot:g} s") from error
        except Error as error:
            raise BrowserError(f"picture: {first_line(error)}") from error

    def extract_metrics(self) -> tuple[Series, ...]:
        """The lines of the panels, with ids that stay the same from look to look."""
        asked = [(answer.panel, answer.query) for answer in self._answers]
        lines = distinct((line for answer in self._answers for line in answer.extract.series), asked)
        return self._masking.told(lines)

    def extract_logs(self) -> tuple[LogLine, ...]:
        """The log lines of all panels, each once, oldest first."""
        lines = {line.id: line for answer in self._answers for line in answer.extract.logs}
        return self._masking.told(sorted(lines.values(), key=lambda line: (line.at, line.id)))

    def changes(self) -> tuple[Change, ...]:
        """The page's annotations, each once, oldest first."""
        changes = {change.id: change for answer in self._answers for change in answer.extract.changes}
        return self._masking.told(sorted(changes.values(), key=lambda change: (change.at, change.id)))

    def dependencies(self) -> tuple[Dependency, ...]:
        """The page's topology, each edge once."""
        return tuple(dict.fromkeys(edge for answer in self._answers for edge in answer.extract.dependencies))

    def spans(self) -> tuple[Span, ...]:
        """The spans of all panels, each once, oldest first."""
        spans = {(one.trace_id, one.span_id): one for answer in self._answers for one in answer.extract.spans}
        return self._masking.told(sorted(spans.values(), key=lambda one: (one.start, one.span_id)))

    @property
    def source(self) -> Source:
        """A page that names no product is its own source."""
        return Source(type=self._target.type, basis=Basis.SEEN)

    async def rights(self) -> tuple[AccessRight, ...]:
        """That its page opened is all that a page of no known product needs."""
        return (AccessRight(name="open the page", held=True),)

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """Nothing, where a product has no way to search."""
        del words
        return ()

    async def remember(self) -> None:
        """Keeps whom a person signed in for the mission's next visits; not beside a connector's own login."""
        if self._access.credentials is None:
            await self._access.remember(self._page)

    async def close(self) -> None:
        """Stops listening."""
        await self._book.close()

    async def _await_panels(self) -> None:
        """Returns when every panel is done, the time is over, or the page tried to go elsewhere."""
        waiting = asyncio.create_task(self._wait_in_page())
        leaving = asyncio.create_task(self._tab.egress.departed.wait())
        try:
            await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (waiting, leaving):
                task.cancel()
            results = await asyncio.gather(waiting, leaving, return_exceptions=True)
        if isinstance(results[0], Error):
            raise results[0]

    async def _wait_in_page(self) -> None:
        try:
            wait, _, plan = self.scripts()
            seconds = self._budget.ready
            # The script keeps the time itself; who stops it from here leaves it scrolling on the page.
            plan = {**plan, "seconds": seconds}
            await self._page.wait_for_function(wait, arg=plan, timeout=(seconds + _GRACE_S) * 1000)
        except PlaywrightTimeoutError:
            return  # what is there by then is judged, panel by panel

    def _belongs(self, answer: PageResponse) -> bool:
        """Whether a visit's evidence may hold it: its panel was asked for, or nobody is named as asking."""
        return not self.panels or not answer.panel or answer.panel in self.panels
