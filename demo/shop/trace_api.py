import time
from typing import Final

from aiohttp import web

from demo.shop.problems import problem
from demo.shop.query_api import duration_seconds
from demo.shop.topology import SERVICES
from demo.shop.trace_store import TraceStore

DEFAULT_LOOKBACK: Final = "15m"
DEFAULT_TRACES: Final = 20
MAX_TRACES: Final = 200


class TraceApi:
    """Sampled requests in the JSON of OTLP."""

    def __init__(self, traces: TraceStore) -> None:
        self._traces = traces

    def register(self, app: web.Application) -> None:
        """Adds its route."""
        app.router.add_get("/api/traces", self._find)

    async def _find(self, request: web.Request) -> web.Response:
        service = request.query.get("service")
        try:
            lookback = duration_seconds(request.query.get("lookback", DEFAULT_LOOKBACK))
            limit = int(request.query.get("limit", DEFAULT_TRACES))
        except ValueError as error:
            raise problem(400, "lookback is a duration like 2m, and limit a whole number.") from error
        if not 0 < limit <= MAX_TRACES:
            raise problem(400, f"limit is 1 to {MAX_TRACES}.")
        if service is not None and service not in SERVICES:
            raise problem(404, f"There is no service {service!r}.")
        spans = self._traces.traces(service, time.time_ns() - round(lookback * 1e9), limit)
        resources = []
        for name in SERVICES:
            own = [span.content for span in spans if span.service == name]
            if own:
                label = {"key": "service.name", "value": {"stringValue": name}}
                scope = {"scope": {"name": "demo.shop"}, "spans": own}
                resources.append({"resource": {"attributes": [label]}, "scopeSpans": [scope]})
        return web.json_response({"resourceSpans": resources})
