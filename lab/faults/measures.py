import asyncio
import re
import time
from dataclasses import dataclass

import httpx
import psycopg
from psycopg.rows import dict_row

from lab.faults.logs import Since
from lab.platform import Lab
from lab.topology import Component

WINDOW_S = 15
"""Three scrapes."""
TIMEOUT_S = 5.0
_STATUS = re.compile(r'" (\d{3}) \d+ "')
_CLIENT_GAVE_UP = 499
_SERVER_ERROR = 500

REQUESTS = {
    Component.STOREFRONT: ("http_request_duration_seconds", "path"),
    Component.CATALOG: ("http_request_duration_seconds", "handler"),
    Component.ORDERS: ("flask_http_request_duration_seconds", "path"),
    Component.PAYMENTS: ("http_server_request_duration_seconds", "http_route"),
}
"""The histogram of each service and its label for the path, as the libraries name them."""


@dataclass(frozen=True)
class Answers:
    """What customers got: the number of answers, and the part of them that failed or came too late."""

    count: int
    failed: float


def edge_answers(since: Since) -> Answers:
    """The answers in nginx's access log since then; failed are 5xx and those that the client gave up on."""
    codes = [int(code) for code in _STATUS.findall(since.text("nginx"))]
    failed = sum(code >= _SERVER_ERROR or code == _CLIENT_GAVE_UP for code in codes)
    return Answers(len(codes), failed / len(codes) if codes else 0.0)


async def query(lab: Lab, expression: str) -> list[tuple[dict[str, str], float]]:
    """The labels and values of an instant query, as the lab's Prometheus answers it."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        response = await client.get(f"{lab.prometheus_url}/api/v1/query", params={"query": expression})
    result = response.raise_for_status().json()["data"]["result"]
    return [(sample["metric"], float(sample["value"][1])) for sample in result]


async def value(lab: Lab, expression: str) -> float | None:
    """The only or greatest value of an instant query that is a number; None without one."""
    numbers = [number for _, number in await query(lab, expression) if number == number]  # noqa: PLR0124  NaN
    return max(numbers, default=None)


async def latency(lab: Lab, service: Component, path: str | None = None) -> float | None:
    """The mean seconds of a service's answers in the last 15 s, by its own histogram; None without any.

    `path` counts only the answers at this path, as the library names it.
    """
    name, label = REQUESTS[service]
    only = "" if path is None else f',{label}="{path}"'
    matcher = f'{{job="{service}"{only}}}[{WINDOW_S}s]'
    total = f"sum(rate({name}_sum{matcher})) / sum(rate({name}_count{matcher}))"
    return await value(lab, total)


async def rows(lab: Lab, statement: str, *parameters: object) -> list[dict[str, object]]:
    """The rows of one SQL statement, asked as the superuser. psycopg.Error."""
    connection = await psycopg.AsyncConnection.connect(
        lab.postgres_dsn, autocommit=True, row_factory=dict_row, connect_timeout=5
    )
    async with connection:
        cursor = await connection.execute(statement.encode(), parameters or None)
        return await cursor.fetchall() if cursor.description else []


async def number(lab: Lab, statement: str, *parameters: object) -> float:
    """The number that a SQL statement selects."""
    row = (await rows(lab, statement, *parameters))[0]
    return float(str(next(iter(row.values()))))


async def probe_seconds(url: str, attempts: int) -> list[float]:
    """How many seconds an address took each time, asked 10 times a second; a failure counts 5 s."""
    seconds = []
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=False) as client:  # noqa: S501  own server
        for _ in range(attempts):
            began = time.monotonic()
            try:
                await client.get(url)
            except httpx.TransportError:
                seconds.append(TIMEOUT_S)
            else:
                seconds.append(time.monotonic() - began)
            await asyncio.sleep(0.1)
    return seconds
