from typing import Any

from playwright.async_api import Request

from adapters.dashboards.answers.by_path import decoder_for, query_of
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit
from adapters.dashboards.page.panel_markup import markup_from
from adapters.dashboards.page.responses import PanelRequest, body_text
from adapters.dashboards.page.scripts import AWAIT_PANELS, READ_PANELS
from missions.plan import PanelQuery


class WebDashboard(Dashboard):
    """Any page that marks its panels, and whose panels query APIs that `answers/by_path.py` knows.

    Numbers come from the page's own responses; a header of each request names its panel.
    """

    def __init__(self, visit: DashboardVisit) -> None:
        super().__init__(visit)
        self.markup = markup_from(visit.target.settings)

    def panel_request(self, request: Request) -> PanelRequest | None:
        """A request whose path has a decoder."""
        decoder = decoder_for(request.url)
        if decoder is None:
            return None
        panel = request.headers.get(self.markup.panel_header.lower(), "")
        query = query_of(request.url, body_text(request))
        # Not validated: the page chose the panel's name and the query.
        panel_query = PanelQuery.model_construct(panel=panel, query=query)
        label = self.markup.service_label
        return PanelRequest(panel, query, lambda body: decoder(body, panel_query, label))

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By the attributes that the connector's settings name."""
        markup = self.markup
        plan = {
            "panels": list(self.panels),
            "selector": markup.panel_selector,
            "id": markup.panel_id_attribute,
            "title": markup.title_attribute,
            "state": markup.state_attribute,
            "error": markup.error_value,
            "done": [markup.ready_value, markup.empty_value, markup.error_value],
        }
        return AWAIT_PANELS, READ_PANELS, plan
