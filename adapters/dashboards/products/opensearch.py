import json
from datetime import UTC
from urllib.parse import quote, urlencode

from adapters.dashboards.answers.decoded_response import DecodedResponse
from adapters.dashboards.answers.elasticsearch import SearchResponse, read_hits
from adapters.dashboards.page.api_dashboard import ApiDashboard
from missions.evidence import Basis, Origin, Source
from missions.plan import PanelQuery

_LINES = 200
_BUCKETS = 60


class OpenSearchDashboard(ApiDashboard):
    """OpenSearch or Elasticsearch itself: log lines, and their number over time, from `_search`.

    A query is one of Lucene's (`level:error AND service.name:web`). Settings: `index` (default `*`),
    `timeField` (`@timestamp`), `serviceField` (`service.name`).
    """

    default_query = "*"
    default_title = "Log lines"

    def path_of(self, panel_query: PanelQuery) -> str:
        """A search over the window: a GET whose `source` is the body that a POST would have."""
        settings = self._target.settings
        field = settings.get("timeField", "@timestamp")
        start, end = (time.astimezone(UTC).isoformat() for time in (self._window.start, self._window.end))
        step = max(1, round((self._window.end - self._window.start).total_seconds() / _BUCKETS))
        source = {
            "size": _LINES,
            "sort": [{field: "desc"}],
            "query": {
                "bool": {
                    "filter": [
                        {"range": {field: {"gte": start, "lte": end}}},
                        {"query_string": {"query": panel_query.query}},
                    ]
                }
            },
            "aggs": {"lines": {"date_histogram": {"field": field, "fixed_interval": f"{step}s"}}},
        }
        parameters = {"source": json.dumps(source), "source_content_type": "application/json"}
        return f"/{quote(settings.get('index', '*'), safe='*,')}/_search?{urlencode(parameters)}"

    def decode(self, body: bytes, panel_query: PanelQuery, origin: Origin) -> DecodedResponse:
        """The newest lines, and their number over time."""
        settings = self._target.settings
        return read_hits(
            SearchResponse.model_validate_json(body),
            panel_query,
            settings.get("serviceField", "service.name"),
            settings.get("timeField", "@timestamp"),
            origin,
        )

    @property
    def source(self) -> Source:
        """Driven by our tests against a running emulator, not against the servers themselves."""
        return Source(type="opensearch", basis=Basis.RECORDED)
