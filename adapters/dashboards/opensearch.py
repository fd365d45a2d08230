import json
from datetime import UTC
from urllib.parse import quote, urlencode

from adapters.dashboards.extract import Extract
from adapters.dashboards.json_page import JsonPage
from adapters.dashboards.search_hits import Answered, read_hits
from missions.evidence import Basis, Origin, Source
from missions.plan import PanelQuery

_LINES = 200
_BUCKETS = 60


class OpenSearchDashboard(JsonPage):
    """OpenSearch or Elasticsearch itself: log lines, and how many there are over time, from `_search`.

    A query is one of Lucene's (`level:error AND service.name:web`). Settings: `index` (default `*`),
    `timeField` (`@timestamp`), `serviceField` (`service.name`).
    """

    everything = "*"

    def path_of(self, asked: PanelQuery) -> str:
        """A search over the window: a GET whose `source` is the body that a POST would have."""
        settings = self._target.settings
        field = settings.get("timeField", "@timestamp")
        start, end = (one.astimezone(UTC).isoformat() for one in (self._window.start, self._window.end))
        step = max(1, round((self._window.end - self._window.start).total_seconds() / _BUCKETS))
        histogram = {"field": field, "fixed_interval": f"{step}s"}
        source = {
            "size": _LINES,
            "sort": [{field: "desc"}],
            "query": {
                "bool": {
                    "filter": [
                        {"range": {field: {"gte": start, "lte": end}}},
                        {"query_string": {"query": asked.query}},
                    ]
                }
            },
            "aggs": {"lines": {"date_histogram": histogram}},
        }
        sent = {"source": json.dumps(source), "source_content_type": "application/json"}
        return f"/{quote(settings.get('index', '*'), safe='*,')}/_search?{urlencode(sent)}"

    def read(self, body: bytes, asked: PanelQuery, origin: Origin) -> Extract:
        """Lines and their number over time."""
        settings = self._target.settings
        return read_hits(
            Answered.model_validate_json(body),
            asked,
            settings.get("serviceField", "service.name"),
            settings.get("timeField", "@timestamp"),
            origin,
        )

    @property
    def source(self) -> Source:
        """Driven by our tests against an emulator that runs, not against the servers themselves."""
        return Source(type="opensearch", basis=Basis.RECORDED)
