import time
from typing import Any

from playwright.async_api import Request

from adapters.dashboards.answers.by_path import decoder_for, query_of
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.marked_panels import AWAIT_MARKED, READ_MARKED, WRONG_SELECTORS, marks_from
from adapters.dashboards.page.matches import matches, page_match
from adapters.dashboards.page.responses import PanelRequest, body_text
from adapters.dashboards.page.signs import UNSIGNED
from adapters.dashboards.page.traffic import Traffic
from missions.errors import BrowserError
from missions.health import DashboardMatch
from missions.plan import PanelQuery

_CALM_S = 1.0
"""How long no request is open before a page counts as quiet."""


class WebDashboard(Dashboard):
    """Any page. Its settings say how it marks its panels and their states; else it is looked at as a whole.

    Numbers come from the page's own responses of APIs that `answers/by_path.py` knows; a header of each
    request names its panel. A panel without a sign of its state is ready when the page is quiet.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        self._marks = marks_from(visit.target.settings)
        self._traffic = Traffic(self._page)
        self._is_quiet = False

    def panel_request(self, request: Request) -> PanelRequest | None:
        """A request whose path has a decoder."""
        decoder = decoder_for(request.url)
        if decoder is None:
            return None
        panel = request.headers.get(self._marks.panel_header.lower(), "")
        query = query_of(request.url, body_text(request))
        # Not validated: the page chose the panel's name and the query.
        panel_query = PanelQuery.model_construct(panel=panel, query=query)
        label = self._marks.service_label
        return PanelRequest(panel, query, lambda body: decoder(body, panel_query, label))

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By the marks that the connector's settings name."""
        return AWAIT_MARKED, READ_MARKED, self._marks.plan | {"panels": list(self.panels)}

    def has_queries(self, panel: str) -> bool | None:
        """Of a page that is not marked as ours: False for a panel that no request names."""
        return None if self._marks.is_ours or panel in self._recorder.asking else False

    @property
    def quiet(self) -> bool:
        """Whether the page has stopped asking; only then a panel without signs counts as ready."""
        return self._is_quiet

    async def discover(self, words: str) -> tuple[DashboardMatch, ...]:
        """The page at the base URL: a page of an unknown product has no search of its own."""
        await self._open(f"{self._base}/")
        return matches(words, (page_match("page", await self._page.title() or "Home", "/"),))

    async def connect(self) -> None:
        """Also counts the page's requests. Raises BrowserError for a setting that is no CSS selector."""
        await super().connect()
        if wrong := await self._page.evaluate(WRONG_SELECTORS, self._marks.selectors):
            raise BrowserError(f"settings: {str(wrong[0])[:200]!r} is no CSS selector; change the connector")
        self._traffic.attach()

    async def _await_panels(self, deadline: float) -> None:
        self._is_quiet = False
        await super()._await_panels(deadline)
        while not self._is_quiet and await self._has_unsigned():
            if not await self._traffic.quiet(_CALM_S, deadline - time.monotonic()):
                return
            await super()._await_panels(deadline)  # what has come meanwhile may show a sign, or ask again
            self._is_quiet = self._traffic.is_quiet(_CALM_S)

    async def _has_unsigned(self) -> bool:
        return any(panel.state == UNSIGNED for panel in await self._read_panels())
