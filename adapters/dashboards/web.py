from typing import Any

from playwright.async_api import Request

from adapters.dashboards.marks import marks_of
from adapters.dashboards.page import PageDashboard
from adapters.dashboards.page_scripts import AWAIT_PANELS, READ_PANELS
from adapters.dashboards.questions import PanelRequest, header_listener
from adapters.dashboards.scene import Scene


class WebDashboard(PageDashboard):
    """Any page whose panels are marked and whose panels ask query APIs in known shapes.

    Numbers come from the page's own responses, each given to its panel by a request header.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.marks = marks_of(scene.target.settings)
        self._listen = header_listener(self.marks)

    def listen(self, request: Request) -> PanelRequest | None:
        """By the end of the request's path, and the header that names the panel."""
        return self._listen(request)

    def scripts(self) -> tuple[str, str, dict[str, Any]]:
        """By the attributes that the connector's settings name."""
        marks = self.marks
        plan = {
            "panels": list(self.panels),
            "selector": marks.panel_selector,
            "id": marks.panel_id_attribute,
            "title": marks.title_attribute,
            "state": marks.state_attribute,
            "error": marks.error_value,
            "done": [marks.ready_value, marks.empty_value, marks.error_value],
        }
        return AWAIT_PANELS, READ_PANELS, plan
