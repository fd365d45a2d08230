"""Requests that authenticate nobody are counted by their network, whatever they say about themselves."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
from served_api import World, world

from api.access import PUBLIC
from api.rate_limits import HEALTH
from missions.permissions import Role

PROVIDERS = "/api/auth/oauth/providers"
OURS = {
    "/api/metrics": "its token authenticates it",
    "/api/health/live": "probes",
    "/api/health/ready": "probes",
}
"""Public routes that are not counted by network, and why."""
_NUMBERS = count(1)
Strict = Callable[[int], Any]


def network() -> dict[str, str]:
    """The header of a client in a network of its own, behind a trusted proxy."""
    number = next(_NUMBERS)
    return {"X-Forwarded-For": f"172.{16 + number // 250}.{number % 250}.9"}


@pytest.fixture
async def strict(api: World) -> AsyncIterator[Strict]:
    """Serves the same API with this many requests a minute for each client."""
    async with AsyncExitStack() as until:

        async def serve(requests: int) -> World:
            more = {"trusted_proxies": ("127.0.0.1",), "requests_per_minute": requests}
            return await until.enter_async_context(world(api.places, api.urls, **more))

        yield serve


async def test_we11_no_header_switches_the_limit_off(strict: Strict) -> None:
    """A public route counts requests with any Authorization header, also with one that is valid elsewhere."""
    served: World = await strict(5)
    member = await served.member(Role.ADMIN)
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": ""},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer oak_guess"},
        {"X-API-Key": "oak_guess"},
        {"Authorization": f"Bearer {member.token}"},
        {"Authorization": f"Bearer {member.token[:-2]}AA"},
        {"Cookie": "device=a.b.c; refresh=x"},
    ):
        sent = network() | headers
        answers = [await served.client().get(PROVIDERS, headers=sent) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2, headers
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 61


def public_routes(api: World) -> list[tuple[str, str]]:
    """Method and path of each public route that strangers may use, from the OpenAPI description."""
    places = []
    for path, operations in api.app.openapi()["paths"].items():
        if path in PUBLIC and path not in OURS:
            places += [(method.upper(), re.sub(r"{\w+}", "x", path)) for method in operations]
    return places


async def test_we11_every_public_route_is_counted(strict: Strict) -> None:
    """With one request a minute, the second is refused at each of them, before the route does anything."""
    served: World = await strict(1)
    assert {path for path in PUBLIC if path.startswith(HEALTH)} < set(OURS)
    routes = public_routes(served)
    assert len(routes) >= 13
    for method, path in routes:
        sent = network() | {"Authorization": "Bearer x"}
        first = await served.client().request(method, path, headers=sent, json={})
        assert first.status_code != 429, path
        second = await served.client().request(method, path, headers=sent, json={})
        assert (second.status_code, second.headers["RateLimit-Limit"]) == (429, "1"), path


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "/api/nothing", b""),
        ("GET", "/api/auth/nothing/at/all", b""),
        ("DELETE", PROVIDERS, b""),
        ("POST", "/api/auth/login", b"{"),
        ("POST", "/api/auth/login", b'{"email": 5}'),
        ("POST", "/api/auth/login", b" " * 70_000),
        ("POST", "/api/missions", b"{"),
        ("GET", "/api/missions", b""),
        ("GET", "/api/auth/me", b""),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_we11_what_reaches_no_route_is_counted(
    strict: Strict, method: str, path: str, content: bytes
) -> None:
    """Unknown paths, wrong methods, malformed and large bodies and wrong tokens use up the same limit."""
    served: World = await strict(2)
    sent = network() | {"Content-Type": "application/json", "Authorization": "Bearer x"}
    statuses = []
    for _ in range(3):
        answer = await served.client().request(method, path, headers=sent, content=content)
        statuses.append(answer.status_code)
    assert 429 not in statuses[:2]
    assert statuses[2] == 429
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await served.client().get(PROVIDERS, headers=sent)).status_code == 429


async def test_we11_a_person_is_counted_for_themselves(strict: Strict) -> None:
    """Authenticated requests use nothing of their network, and strangers nothing of the person."""
    served: World = await strict(3)
    home = network()
    members = [await served.member(Role.VIEWER) for _ in range(2)]
    for _ in range(4):
        await served.client().get(PROVIDERS, headers=home)
    for member in members:
        answers = [await member.http.get("/api/auth/me", headers=home) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200] * 3 + [429]


async def test_we11_strangers_do_not_stop_the_monitoring(strict: Strict) -> None:
    """METRICS_TOKEN authenticates: it is not counted by network, and a wrong one is."""
    served: World = await strict(2)
    home = network()
    right = home | {"Authorization": "Bearer a-metrics-token-of-32-bytes-or-more"}
    wrong = home | {"Authorization": "Bearer guess"}
    statuses = [(await served.client().get("/api/metrics", headers=wrong)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    answers = [await served.client().get("/api/metrics", headers=right) for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}
    assert (await served.client().get("/api/health/live", headers=home)).status_code == 200
