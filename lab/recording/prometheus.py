from datetime import datetime
from typing import Any

import httpx

TIMEOUT_S = 60.0


class PrometheusClient:
    """What a recording asks of Prometheus. httpx.HTTPError or ValueError where it does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def range(self, query: str, start: datetime, end: datetime, step_s: float) -> dict[str, Any]:
        """The answer to a range query; an error of the query is an answer, too."""
        parameters = {"query": query, "start": _stamp(start), "end": _stamp(end), "step": f"{step_s:g}"}
        return await self._get("query_range", parameters)

    async def samples(self, selector: str, start: datetime, end: datetime) -> dict[str, Any]:
        """The raw samples of all series that the selector matches, as an answer with a matrix."""
        seconds = max(1, round((end - start).total_seconds()))
        return await self._get("query", {"query": f"{selector}[{seconds}s]", "time": _stamp(end)})

    async def metrics(self) -> frozenset[str]:
        """The names of all metrics."""
        answer = await self._get("label/__name__/values", {})
        return frozenset(map(str, answer.get("data") or ()))

    async def rules(self) -> tuple[str, ...]:
        """The expressions of all rules."""
        answer = await self._get("rules", {})
        groups = (answer.get("data") or {}).get("groups", ())
        return tuple(rule["query"] for group in groups for rule in group["rules"])

    async def _get(self, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            response = await client.get(f"{self._url}/api/v1/{path}", params=parameters)
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


def _stamp(at: datetime) -> str:
    return f"{at.timestamp():.3f}"
