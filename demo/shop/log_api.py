import time
from typing import Final

from aiohttp import web

from demo.shop.log_store import LogStore
from demo.shop.selectors import Selector

FEWEST_LINES: Final = 1
DEFAULT_LINES: Final = 100
MOST_LINES: Final = 5000
DEFAULT_RANGE_NS: Final = 3_600_000_000_000


class LogApi:
    """Log lines in the shapes of Loki's HTTP API; its errors are plain text, as Loki's are."""

    def __init__(self, logs: LogStore) -> None:
        self._logs = logs

    def register(self, app: web.Application) -> None:
        """Adds its route."""
        app.router.add_get("/loki/api/v1/query_range", self._query_range)

    async def _query_range(self, request: web.Request) -> web.Response:
        try:
            selector = Selector.parse(request.query.get("query", ""))
            if selector.name is not None or not selector.matchers:
                raise ValueError("queries require at least one label matcher in braces")  # noqa: TRY301  one exit for every refusal
            end = int(request.query.get("end", time.time_ns()))
            start = int(request.query.get("start", end - DEFAULT_RANGE_NS))
            limit = int(request.query.get("limit", DEFAULT_LINES))
            if not FEWEST_LINES <= limit <= MOST_LINES:
                raise ValueError(f"limit is {FEWEST_LINES} to {MOST_LINES}")  # noqa: TRY301  one exit for every refusal
            if end < start:
                raise ValueError("end timestamp must not be before start time")  # noqa: TRY301  one exit for every refusal
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        streams = self._streams(selector, start, end, limit)
        return web.json_response({"status": "success", "data": {"resultType": "streams", "result": streams}})

    def _streams(self, selector: Selector, start: int, end: int, limit: int) -> list[dict[str, object]]:
        """The newest lines, a stream for each pair of service and level, newest first in each."""
        streams: dict[tuple[str, str], list[list[str]]] = {}
        lines = self._logs.newest_first(selector, start, end)
        for _, line in zip(range(limit), lines, strict=False):
            streams.setdefault((line.service, line.level), []).append([str(line.time_ns), line.text])
        return [
            {"stream": {"service": service, "level": level}, "values": values}
            for (service, level), values in streams.items()
        ]
