"""An office shares one address: strangers in it must not lock out the people who work there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import jwt
import pytest
from served_api import JWT_SECRET, PASSWORD, PUBLIC_URL, Member, World, world

from api.devices import Devices
from missions.permissions import Role

LOGIN, REFRESH, ME = "/api/auth/login", "/api/auth/refresh", "/api/auth/me"
_NUMBERS = count(1)


def network() -> str:
    number = next(_NUMBERS)
    return f"10.{200 + number // 250}.{number % 250}.3"


@pytest.fixture
async def office(api: World) -> AsyncIterator[World]:
    """The same API with low limits for networks and accounts, behind a trusted proxy."""
    more = {"login_failures_per_network": 7, "login_failures_per_account": 8, "requests_per_minute": 60}
    async with world(api.places, api.urls, trusted_proxies=("127.0.0.1",), **more) as made:
        yield made


def browser(api: World, address: str) -> httpx.AsyncClient:
    """A browser with our console open, at this address."""
    client = api.client()
    client.headers.update({"Origin": PUBLIC_URL, "X-Forwarded-For": address})
    return client


async def login(client: httpx.AsyncClient, member: Member, password: str = PASSWORD) -> int:
    body = {"email": member.person.email, "password": password}
    return (await client.post(LOGIN, json=body)).status_code


async def known_browser(api: World, address: str) -> tuple[Member, httpx.AsyncClient]:
    """A person, and the browser in which they have signed in and out."""
    member = await api.member(Role.VIEWER)
    client = browser(api, address)
    assert await login(client, member) == 200
    assert (await client.post("/api/auth/logout")).status_code == 204
    return member, client


async def fail(api: World, address: str, times: int, email: str | None = None) -> list[int]:
    """A stranger's wrong logins, for one address or for invented ones."""
    client, statuses = browser(api, address), []
    for _ in range(times):
        body = {"email": email or f"nobody{next(_NUMBERS)}@office.example", "password": "wrong"}
        statuses.append((await client.post(LOGIN, json=body)).status_code)
    return statuses


async def test_au19_a_stranger_closes_the_network_for_strangers_only(office: World) -> None:
    """After too many failures from a network, unknown browsers are refused there, and known ones sign in."""
    home = network()
    member, client = await known_browser(office, home)
    assert await fail(office, home, 9) == [401] * 7 + [429] * 2
    assert await login(browser(office, home), member) == 429
    assert await login(client, member) == 200


async def test_au19_a_stranger_closes_an_account_for_strangers_only(office: World) -> None:
    """Wrong passwords for an account, from its own network and elsewhere, leave its browsers their tries."""
    home = network()
    member, client = await known_browser(office, home)
    assert await fail(office, home, 6, member.person.email) == [401] * 5 + [429]
    assert (await fail(office, network(), 4, member.person.email))[-1] == 429
    assert await login(browser(office, network()), member) == 429, "the account is closed everywhere"
    assert await login(client, member) == 200


async def test_au19_a_known_browser_has_its_own_five_tries(office: World) -> None:
    """AU7 holds in a known browser: the sixth try is refused even with the right password."""
    member, client = await known_browser(office, network())
    assert [await login(client, member, "wrong") for _ in range(5)] == [401] * 5
    client.headers["X-Forwarded-For"] = network()
    assert await login(client, member) == 429
    assert await login(browser(office, network()), member) == 200


async def test_au19_a_browser_is_known_for_its_account_only(office: World) -> None:
    """One's own browser is a stranger to another account."""
    home = network()
    _, client = await known_browser(office, home)
    other = await office.member(Role.ADMIN)
    await fail(office, home, 7)
    assert await login(client, other) == 429


async def test_au19_strangers_do_not_use_up_the_requests(office: World) -> None:
    """In a network whose strangers may do nothing more, a known browser signs in, renews and connects."""
    home = network()
    member, client = await known_browser(office, home)
    assert await login(client, member) == 200
    for _ in range(61):
        last = await browser(office, home).get("/api/auth/oauth/providers")
    assert last.status_code == 429
    assert (await browser(office, home).post(REFRESH)).status_code == 429
    renewed = await client.post(REFRESH)
    assert renewed.status_code == 200
    headers = {"Authorization": f"Bearer {renewed.json()['accessToken']}"}
    assert (await client.get(ME, headers=headers)).status_code == 200


async def test_au19_strangers_do_not_use_up_the_connections(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections without a login are counted by the person in a known browser."""
    monkeypatch.setattr("api.transports.EACH_CLIENT", 3)
    home, handshake = network(), "/socket.io/?EIO=4&transport=polling"
    _, client = await known_browser(office, home)
    statuses = [(await browser(office, home).get(handshake)).status_code for _ in range(4)]
    assert statuses == [200] * 3 + [429]
    assert (await client.get(handshake)).status_code == 200


async def test_au19_a_person_is_counted_as_one_in_many_browsers(office: World) -> None:
    """Known browsers of one person share one limit: signing in again gives no further requests."""
    member = await office.member(Role.VIEWER)
    clients = [browser(office, network()) for _ in range(2)]
    for client in clients:
        assert await login(client, member) == 200
    statuses = [
        (await clients[number % 2].get("/api/auth/oauth/providers")).status_code for number in range(62)
    ]
    assert (statuses[0], statuses[-1]) == (200, 429)


async def test_au19_a_signed_in_person_proves_themselves_again(office: World) -> None:
    """Strangers' failures in the network and for the account do not stop a step-up; own ones do."""
    home = network()
    member = await office.member(Role.APPROVER)
    member.http.headers["X-Forwarded-For"] = home
    await fail(office, home, 5, member.person.email)
    await fail(office, home, 7)

    async def step_up(password: str) -> int:
        return (await member.http.post("/api/auth/step-up", json={"password": password})).status_code

    assert await step_up(PASSWORD) == 200
    assert [await step_up("wrong") for _ in range(5)] == [401] * 5
    assert await step_up(PASSWORD) == 429


def forged(member: Member, **changes: Any) -> list[str]:
    claims = {
        "aud": "device",
        "sub": str(member.person.id),
        "acc": "0" * 64,
        "jti": "guess",
        "exp": datetime.now(UTC) + timedelta(days=1),
    } | changes
    return [jwt.encode(claims, key, "HS256") for key in (JWT_SECRET, "another-key-with-32-bytes-at-least")]


async def test_au19_a_forged_cookie_is_a_strangers(office: World) -> None:
    """Cookies that are invented, expired, or tokens of another kind change nothing."""
    home = network()
    member = await office.member(Role.VIEWER)
    expired = Devices(JWT_SECRET, secure=False)
    good = expired.issue(member.person, None)
    claims = jwt.decode(good, expired._key, ["HS256"], audience="device")
    late = jwt.encode(claims | {"exp": datetime.now(UTC) - timedelta(seconds=1)}, expired._key, "HS256")
    await fail(office, home, 7)
    cookies = ["", "x", "a.b.c", member.token, late, good[:-4], *forged(member), *forged(member, sub="x")]
    for cookie in cookies:
        client = browser(office, home)
        client.cookies.set("device", cookie, domain="127.0.0.1")
        assert await login(client, member) == 429, cookie
    client = browser(office, home)
    client.cookies.set("device", good, domain="127.0.0.1")
    assert await login(client, member) == 200, "the last one is ours"


async def test_au19_the_cookie_is_for_our_own_pages(office: World) -> None:
    """It is HttpOnly and SameSite=Strict, stays after a logout, keeps its browser's id, and opens nothing."""
    member = await office.member(Role.VIEWER)
    body = {"email": member.person.email, "password": PASSWORD}
    program = await office.client().post(LOGIN, json=body)
    assert "set-cookie" not in program.headers
    client = browser(office, network())
    answer = await client.post(LOGIN, json=body)
    (line,) = [value for value in answer.headers.get_list("set-cookie") if value.startswith("device=")]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(line.split("; "))
    before = client.cookies["device"]
    assert (await client.post("/api/auth/logout")).status_code == 204
    assert client.cookies["device"] == before
    assert await login(client, member) == 200
    ids = [
        jwt.decode(c, options={"verify_signature": False})["jti"] for c in (before, client.cookies["device"])
    ]
    assert ids[0] == ids[1]
    bearer = {"Authorization": f"Bearer {before}"}
    assert (await office.client().get(ME, headers=bearer)).status_code == 401
    assert member.person.email not in str(jwt.decode(before, options={"verify_signature": False}))
