import time
from typing import Any

from playwright.async_api import Request

from adapters.dashboards.answers.by_path import decoder_for, query_of
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.marked_panels import AWAIT_MARKED, READ_MARKED, marks_from
from adapters.dashboards.page.responses import PanelRequest, body_text
from adapters.dashboards.page.signs import UNSIGNED
from adapters.dashboards.page.traffic import Traffic
from missions.plan import PanelQuery

_CALM_S = 1.0
"""How long no request is open before a page counts as quiet."""


class WebDashboard(Dashboard):
    """Any page. Its settings say how it marks its panels and their states; else it is looked at as a whole.

    Numbers come from the page's own responses of APIs that `answers/by_path.py` knows; a header of each
    request names its panel. A panel without a sign of its state is ready when the network is quiet.
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
        """Not known: False only where the page has asked nothing that can be read."""
        del panel
        return None if self._recorder.asked else False

    @property
    def quiet(self) -> bool:
        """Whether the page has stopped asking; only then a panel without signs counts as ready."""
        return self._is_quiet

    async def connect(self) -> None:
        """Also counts the page's requests."""
        await super().connect()
        self._traffic.attach()

    async def _await_panels(self, deadline: float) -> None:
        await super()._await_panels(deadline)
        if any(panel.state == UNSIGNED for panel in await self._read_panels()):
            self._is_quiet = await self._traffic.quiet(_CALM_S, max(deadline - time.monotonic(), 0.0))
            await super()._await_panels(deadline)  # what has come meanwhile may show a sign
