from urllib.parse import urlencode

from adapters.dashboards.answers.alertmanager import read_alerts
from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.page.api_dashboard import ApiDashboard
from missions.evidence import Basis, Origin, Source
from missions.plan import PanelQuery


class AlertmanagerDashboard(ApiDashboard):
    """Alertmanager's alerts (API v2), each a log line at the moment it began.

    A query is a filter (`severity="page"`), `{}` means all. Settings: `serviceLabel`.
    """

    default_query = "{}"
    default_title = "Active alerts"

    def path_of(self, panel_query: PanelQuery) -> str:
        """`/api/v2/alerts`, those that are active."""
        filters = [] if panel_query.query == "{}" else [("filter", panel_query.query)]
        return "/api/v2/alerts?" + urlencode([("active", "true"), *filters])

    def decode(self, body: bytes, panel_query: PanelQuery, origin: Origin) -> DecodedResponse:
        """One line for each alert, oldest first."""
        return read_alerts(body, panel_query, self._target.settings.get("serviceLabel", "service"), origin)

    @property
    def source(self) -> Source:
        """Debian's 0.25 is driven by our tests."""
        return Source(type="alertmanager", basis=Basis.SEEN)
