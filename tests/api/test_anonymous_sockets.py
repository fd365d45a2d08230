"""Connections on which nobody signs in: they are few, short and counted, and leave nothing behind."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from served_api import Member, World, world
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from missions.permissions import Role
from stores.socketio_internals import connection_count

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Open = Callable[..., Awaitable[ClientConnection | int]]
HANDSHAKE = "/socket.io/?EIO=4&transport="
_NUMBERS = count(1)


def network() -> dict[str, str]:
    """The header of a client in a network of its own, behind a trusted proxy."""
    number = next(_NUMBERS)
    return {"X-Forwarded-For": f"10.{number // 250}.{number % 250}.7"}


@pytest.fixture
async def proxied(api: World) -> AsyncIterator[World]:
    """The same API behind a trusted proxy, so that a test can come from many networks."""
    async with world(api.places, api.urls, trusted_proxies=("127.0.0.1",)) as made:
        yield made


@pytest.fixture
async def open_socket() -> AsyncIterator[Open]:
    """Opens a WebSocket without signing in; returns the status if it is refused."""
    async with AsyncExitStack() as until:

        async def open_one(api: World, headers: dict[str, str] | None = None) -> ClientConnection | int:
            url = api.url.replace("http", "ws") + HANDSHAKE + "websocket"
            try:
                socket = await connect(url, additional_headers=headers, proxy=None, open_timeout=60)
            except InvalidStatus as error:
                return error.response.status_code
            until.push_async_callback(socket.close)
            return socket

        yield open_one


async def signed_in(socket: ClientConnection, member: Member) -> None:
    """Sends CONNECT with the member's token, and waits for the answer."""
    await socket.send("40" + json.dumps({"token": member.token}))
    while not str(message := await socket.recv()).startswith("40"):
        assert str(message).startswith("0"), message


async def talk(socket: ClientConnection, *packets: str) -> None:
    """Sends the packets again and again, for at most 30 s."""
    async with asyncio.timeout(30):
        while True:
            for packet in packets:
                await socket.send(packet)
            await asyncio.sleep(0.05)  # a client that goes on talking


def connections(api: World) -> int:
    return connection_count(api.dependencies.live.server)


def left_over(api: World) -> tuple[int, int]:
    """What the servers of Engine.IO and Socket.IO still hold."""
    server = api.dependencies.live.server
    return connections(api), len(server.environ)


async def test_we9_a_connection_without_a_login_ends(
    proxied: World, open_socket: Open, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    """WebSockets and polls without CONNECT are closed by the server, and nothing is left of them."""
    monkeypatch.setattr("api.transports.ANONYMOUS_S", 0.5)
    sockets = [await open_socket(proxied, network()) for _ in range(30)]
    polls = [await proxied.client().get(HANDSHAKE + "polling", headers=network()) for _ in range(30)]
    assert {answer.status_code for answer in polls} == {200}
    async with asyncio.timeout(30):
        for socket in sockets:
            assert isinstance(socket, ClientConnection)
            await socket.wait_closed()

    async def nothing_left() -> bool:
        return left_over(proxied) == (0, 0)

    await eventually(nothing_left)
    sid = json.loads(polls[0].text[1:])["sid"]
    assert (await proxied.client().get(f"{HANDSHAKE}polling&sid={sid}")).status_code == 400


async def test_we9_who_talks_but_does_not_sign_in_is_closed_too(
    proxied: World, open_socket: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pongs, events and another namespace's CONNECT do not keep a connection open."""
    monkeypatch.setattr("api.transports.ANONYMOUS_S", 0.5)
    socket = await open_socket(proxied, network())
    assert isinstance(socket, ClientConnection)
    with pytest.raises(ConnectionClosed):
        await talk(socket, "3", '42["ping"]', "40/other,", "6")


async def test_we9_beyond_the_limit_nothing_is_stored(proxied: World, open_socket: Open) -> None:
    """Of 300 connections of one network 50 are accepted; others are 429 before the upgrade. Another may."""
    before, home = connections(proxied), network()
    opened = await asyncio.gather(*(open_socket(proxied, home) for _ in range(300)))
    refused = [status for status in opened if isinstance(status, int)]
    assert (len(refused), set(refused)) == (250, {429})
    assert connections(proxied) - before == 50
    poll = await proxied.client().get(HANDSHAKE + "polling", headers=home)
    assert (poll.status_code, poll.headers["Retry-After"]) == (429, "10")
    assert isinstance(await open_socket(proxied, network()), ClientConnection)


async def test_we9_the_process_has_a_limit(
    proxied: World, open_socket: Open, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    """Many networks together are refused with 503; the place of a connection that left is free again."""
    monkeypatch.setattr("api.transports.ALTOGETHER", 40)
    opened = [await open_socket(proxied, network()) for _ in range(60)]
    accepted = [socket for socket in opened if isinstance(socket, ClientConnection)]
    assert (len(accepted), opened[-1]) == (40, 503)
    await accepted[0].close()

    async def admitted() -> bool:
        return isinstance(await open_socket(proxied, network()), ClientConnection)

    await eventually(admitted)


async def test_we9_a_person_who_signed_in_takes_no_place(
    proxied: World, open_socket: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed-in connections stay beyond the deadline, and are not counted as anonymous ones."""
    monkeypatch.setattr("api.transports.ANONYMOUS_S", 1.0)
    monkeypatch.setattr("api.transports.EACH_CLIENT", 2)
    home, members = network(), [await proxied.member(Role.VIEWER) for _ in range(5)]
    sockets = []
    for member in members:
        socket = await open_socket(proxied, home)
        assert isinstance(socket, ClientConnection)
        await signed_in(socket, member)
        sockets.append(socket)
    stranger = await open_socket(proxied, home)
    assert isinstance(stranger, ClientConnection)
    async with asyncio.timeout(30):
        await stranger.wait_closed()
    for socket in sockets:
        await socket.send('42["ping"]')
        assert await socket.recv() == '42["pong"]'


async def test_we9_a_connection_whose_socket_ended_is_anonymous_again(
    proxied: World, open_socket: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a DISCONNECT, by the client or the server, the connection ends unless it signs in again."""
    monkeypatch.setattr("api.transports.ANONYMOUS_S", 1.0)
    member = await proxied.member(Role.VIEWER)
    again, gone = [await open_socket(proxied, network()) for _ in range(2)]
    assert isinstance(again, ClientConnection)
    assert isinstance(gone, ClientConnection)
    for socket in (again, gone):
        await signed_in(socket, member)
        await socket.send("41")
    await signed_in(again, member)
    async with asyncio.timeout(30):
        await gone.wait_closed()
    await again.send('42["ping"]')
    assert await again.recv() == '42["pong"]'


@pytest.mark.parametrize("auth", ["", "{}", '{"token": "x"}', '{"token": "a.b.c"}', "[]"])
async def test_we9_a_refused_connect_is_counted(api: World, open_socket: Open, auth: str) -> None:
    """Refused CONNECTs use up what their network may do without a login."""
    home = network()
    async with world(api.places, api.urls, trusted_proxies=("127.0.0.1",), requests_per_minute=5) as strict:
        for _ in range(5):
            socket = await open_socket(strict, home)
            assert isinstance(socket, ClientConnection)
            assert str(await socket.recv()).startswith("0")
            await socket.send("40" + auth)
            assert str(await socket.recv()).startswith("44")
        answer = await strict.client().get("/api/auth/oauth/providers", headers=home)
        assert answer.status_code == 429
        other = await strict.client().get("/api/auth/oauth/providers", headers=network())
        assert other.status_code == 200


async def test_we9_a_connection_is_for_one_connect(proxied: World, open_socket: Open) -> None:
    """The second CONNECT after a refused one closes the connection."""
    socket = await open_socket(proxied, network())
    assert isinstance(socket, ClientConnection)
    with pytest.raises(ConnectionClosed):
        await talk(socket, '40{"token": "guess"}')


async def test_we9_only_a_token_is_called_invalid(proxied: World, open_socket: Open) -> None:
    """The second CONNECT says nothing about its token: the console would end a session that is good."""
    socket = await open_socket(proxied, network())
    assert isinstance(socket, ClientConnection)
    assert str(await socket.recv()).startswith("0")
    answers = []
    for _ in range(2):
        await socket.send('40{"token": "guess"}')
    with contextlib.suppress(ConnectionClosed):
        while True:
            answers.append(str(await socket.recv()))
    assert [answer for answer in answers if "Invalid token" in answer] == answers[:1]


async def test_we9_polls_do_not_overlap(proxied: World) -> None:
    """A second poll of one connection at the same time is refused, whoever is signed in."""
    client, home = proxied.client(), network()
    sid = json.loads((await client.get(HANDSHAKE + "polling", headers=home)).text[1:])["sid"]
    url = f"{HANDSHAKE}polling&sid={sid}"
    answers = [asyncio.ensure_future(proxied.client().get(url, headers=home)) for _ in range(3)]
    finished, waiting = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    while len(finished) < 2:
        more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert more
        finished |= more
    assert {answer.result().status_code for answer in finished} == {400}
    await client.post(url, content="1", headers=home)  # the client closes
    assert (await waiting.pop()).status_code in (200, 400)


@pytest.mark.parametrize("event", ["connect", "disconnect"])
async def test_we9_an_event_is_no_connect(proxied: World, open_socket: Open, event: str) -> None:
    """A client's events with the names of the library's own change nothing about its connection."""
    member, other = await proxied.member(Role.VIEWER), await proxied.member(Role.VIEWER)
    socket = await open_socket(proxied, network())
    assert isinstance(socket, ClientConnection)
    await signed_in(socket, member)
    rooms: dict[str, Any] = proxied.dependencies.live.server.manager.rooms["/"]
    hostile: tuple[list[Any], ...] = (
        [],
        [{}],
        [{"asgi.scope": {}}, {"token": other.token}],
        [None, {"token": other.token}],
    )
    for content in hostile:
        await socket.send("42" + json.dumps([event, *content]))
    await socket.send('42["ping"]')
    assert await socket.recv() == '42["pong"]'
    assert f"person:demo:{member.person.id}" in rooms
    assert f"person:demo:{other.person.id}" not in rooms


async def test_we9_what_ends_while_it_signs_in_leaves_nothing(
    proxied: World, open_socket: Open, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    """A connection that ends while its token is checked leaves no socket and no room behind."""
    monkeypatch.setattr("api.transports.ANONYMOUS_S", 0.5)
    member = await proxied.member(Role.APPROVER)
    people, asked, pause = proxied.dependencies.authentication.people, asyncio.Event(), asyncio.Event()
    original = people.by_session

    async def by_session(*arguments: Any) -> Any:
        asked.set()
        await pause.wait()
        return await original(*arguments)

    monkeypatch.setattr(people, "by_session", by_session)
    socket = await open_socket(proxied, network())
    assert isinstance(socket, ClientConnection)
    await socket.send("40" + json.dumps({"token": member.token}))
    await asked.wait()

    async def ended() -> bool:
        return left_over(proxied) == (0, 0)

    await eventually(ended)
    pause.set()
    manager = proxied.dependencies.live.server.manager

    async def nothing_left() -> bool:
        return not manager.rooms.get("/") and not manager.pending_connect

    await eventually(nothing_left)


async def test_we9_an_unknown_connection_is_refused(proxied: World) -> None:
    """A request for a connection that does not exist is 400, and stores nothing."""
    before = left_over(proxied)
    for transport in ("polling", "websocket", "carrier-pigeon"):
        url = f"{HANDSHAKE}{transport}&sid={uuid4().hex}"
        assert (await proxied.client().get(url, headers=network())).status_code == 400
    assert left_over(proxied) == before
