from urllib.parse import urlencode

from adapters.dashboards.answers.datadog import read_metrics
from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.page.api_dashboard import ApiDashboard
from missions.evidence import Basis, Origin, Source
from missions.plan import PanelQuery


class DatadogDashboard(ApiDashboard):
    """Datadog's metrics (API v1); its credentials are the headers `DD-API-KEY` and `DD-APPLICATION-KEY`.

    Its pages have no published selectors, so none is opened. Settings: `serviceLabel` (a tag's key).
    """

    def path_of(self, panel_query: PanelQuery) -> str:
        """`/api/v1/query`, whose times are whole seconds."""
        start, end = int(self._window.start.timestamp()), int(self._window.end.timestamp())
        return "/api/v1/query?" + urlencode({"from": start, "to": end, "query": panel_query.query})

    def decode(self, body: bytes, panel_query: PanelQuery, origin: Origin) -> DecodedResponse:
        """A series for each scope."""
        return read_metrics(body, panel_query, self._target.settings.get("serviceLabel", "service"), origin)

    @property
    def source(self) -> Source:
        """From the vendor's own client models."""
        return Source(type="datadog", basis=Basis.CONTRACT)
