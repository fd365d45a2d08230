import math
import re
from datetime import datetime
from typing import Final

from aiohttp import web

from demo.shop.metric_series import MetricSeries
from demo.shop.selectors import Selector
from demo.shop.topology import SERVICES

MOST_POINTS: Final = 11_000  # as Prometheus
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_UNIT_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class QueryApi:
    """Metrics in the format of Prometheus' HTTP API."""

    def __init__(self, series: MetricSeries) -> None:
        self._series = series

    def register(self, app: web.Application) -> None:
        """Adds its route."""
        app.router.add_get("/api/v1/query_range", self._query_range)

    async def _query_range(self, request: web.Request) -> web.Response:
        try:
            result = self._matrix(
                Selector.parse(_parameter(request, "query")),
                _moment(_parameter(request, "start")),
                _moment(_parameter(request, "end")),
                duration_seconds(_parameter(request, "step")),
            )
        except ValueError as error:
            body = {"status": "error", "errorType": "bad_data", "error": str(error)}
            return web.json_response(body, status=400)
        return web.json_response(
            {"status": "success", "data": {"resultType": "matrix", "result": result}},
        )

    def _matrix(self, selector: Selector, start: float, end: float, step: float) -> list[dict[str, object]]:
        if selector.name is None:
            raise ValueError("the query names no metric")
        if end < start:
            raise ValueError("end timestamp must not be before start time")
        if (end - start) / step > MOST_POINTS:
            raise ValueError(f"exceeded maximum resolution of {MOST_POINTS} points per timeseries")
        result: list[dict[str, object]] = []
        for service in SERVICES:
            if not selector.selects({"service": service}):
                continue
            grid = self._series.on_grid(selector.name, service, start, end, step)
            values = [[round(moment, 3), str(value)] for moment, value in grid]
            if values:
                metric = {"__name__": selector.name, "service": service}
                result.append({"metric": metric, "values": values})
        return result


def _parameter(request: web.Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise ValueError(f'invalid parameter "{name}": missing')
    return value


def _moment(text: str) -> float:
    """Seconds since 1970, from a number or RFC 3339."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = datetime.fromisoformat(text).timestamp()
    if not math.isfinite(seconds):
        raise ValueError(f"cannot parse {text!r} to a valid timestamp")
    return seconds


def duration_seconds(text: str) -> float:
    """Seconds, from a number or one like 15s."""
    match = _DURATION.fullmatch(text)
    seconds = float(match.group(1)) * _UNIT_SECONDS[match.group(2) or "s"] if match else 0.0
    if seconds <= 0:
        raise ValueError("zero or negative query resolution step widths are not accepted")
    return seconds
