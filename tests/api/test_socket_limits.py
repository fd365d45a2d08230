"""Sockets: access, rate limits and lifetime."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import socketio
from loopback import dead_port
from served_api import ORG, Member, World, world
from socketio.exceptions import ConnectionError as SocketError

from missions.event import Started
from missions.permissions import Role
from stores.sockets import mission_room

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Connect = Callable[..., Awaitable[socketio.AsyncClient]]
HOSTILE = 10_000


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    async with AsyncExitStack() as until:

        async def open_one(api: World, token: str) -> socketio.AsyncClient:
            client = socketio.AsyncClient(reconnection=False)
            until.push_async_callback(_close, client)
            await client.connect(api.url, auth={"token": token}, transports=["websocket"], wait_timeout=60)
            return client

        yield open_one


async def _close(client: socketio.AsyncClient) -> None:
    await client.disconnect()
    if client.eio.http is not None:
        await client.eio.http.close()


def gone(client: socketio.AsyncClient) -> Callable[[], Awaitable[bool]]:
    async def closed() -> bool:
        return not client.connected

    return closed


def hostile(chance: random.Random, mission_id: str) -> Any:
    """Input that could be mistaken for the name of a mission or a room."""
    room = mission_room(ORG, uuid4()).rpartition(":")[0] + ":" + mission_id
    words: list[Any] = [mission_id, room, f"org:{ORG}", f"deciders:{ORG}", mission_id.upper(), "*", "", "\0"]
    words += [[mission_id], {"id": mission_id}, None, 5, True, -1.5, [], {}, f" {mission_id}", b"\xff"]
    words += [f"{mission_id}'--", f"{{{mission_id}}}", f"urn:uuid:{mission_id}", [room, {"room": room}]]
    word = chance.choice(words)
    if isinstance(word, str) and chance.random() < 0.5:
        place = chance.randrange(len(word) + 1)
        word = word[:place] + chr(chance.randrange(0x110)) + word[place:]
    return word


async def test_az4_ten_thousand_hostile_payloads_hear_nothing(api: World, connect: Connect) -> None:
    """No payload of another person makes an event of the mission reach them."""
    owner, foreign = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    heard: list[str] = []
    client = await connect(api, foreign.token)
    client.on("*", lambda name, *_: heard.append(name))
    chance = random.Random(4)  # noqa: S311  the same payloads each time
    events = ("mission:subscribe", "approval:subscribe", "mission:unsubscribe", "join", "enter_room")
    for _ in range(HOSTILE):
        await client.emit(chance.choice(events), hostile(chance, str(mission_id)))
    ack = await client.call("mission:subscribe", str(mission_id), timeout=100)
    assert ack == {"error": "Unknown mission."}
    await api.dependencies.updates.announcer.announce(
        ORG, await api.journal.append(ORG, mission_id, "agent", Started())
    )
    watcher = await connect(api, owner.token)
    assert (await watcher.call("mission:subscribe", str(mission_id), timeout=100))["ok"]
    await client.call("mission:unsubscribe", "x", timeout=100)
    assert heard == []


async def test_we5_too_many_events_are_answered_so(
    api: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty events a second are processed; further ones get an error, and the socket stays open."""
    monkeypatch.setattr("api.sockets.EVENTS_A_SECOND", 20)
    monkeypatch.setattr("api.sockets.time.monotonic", lambda: 7.5)
    client = await connect(api, (await api.member(Role.VIEWER)).token)
    acks = [await client.call("mission:unsubscribe", "x", timeout=60) for _ in range(22)]
    assert acks == [{"ok": True}] * 20 + [{"error": "Too many events."}] * 2
    monkeypatch.setattr("api.sockets.time.monotonic", lambda: 8.5)
    assert await client.call("mission:unsubscribe", "x", timeout=60) == {"ok": True}


async def test_we5_a_person_has_ten_sockets(api: World, connect: Connect) -> None:
    """The eleventh socket is refused until one closes; other people's sockets are not counted."""
    member, other = await api.member(Role.VIEWER), await api.member(Role.VIEWER)
    clients = [await connect(api, member.token) for _ in range(10)]
    with pytest.raises(SocketError):
        await connect(api, member.token)
    await connect(api, other.token)
    await clients[0].disconnect()
    async with asyncio.timeout(30):
        while True:
            try:
                await connect(api, member.token)
            except SocketError:
                await asyncio.sleep(0.05)
            else:
                break


async def test_we5_a_large_message_ends_the_socket(
    api: World, connect: Connect, eventually: Eventually
) -> None:
    """A message over 16 KB closes the socket."""
    client = await connect(api, (await api.member(Role.VIEWER)).token)
    await client.emit("mission:subscribe", "x" * 17_000)
    await eventually(gone(client))


async def test_we5_who_does_not_listen_is_dropped(
    api: World, connect: Connect, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket with over 500 queued packets is closed; the events are in the table."""
    monkeypatch.setattr("api.sockets.BEHIND", -1)
    client = await connect(api, (await api.member(Role.VIEWER)).token)
    await eventually(gone(client))


async def test_we4_a_socket_ends_with_its_token(api: World, connect: Connect, eventually: Eventually) -> None:
    """The socket closes soon after its token expires; the session continues, and a new token connects."""
    member = await api.member(Role.VIEWER)
    brief = type(api.tokens)(
        api.tokens._secret,
        api.tokens._issuer,
        timedelta(seconds=3),
    )
    proved = api.tokens.read(member.token).authenticated_at
    client = await connect(api, brief.issue(member.person, member.session, "1.1", proved))
    await eventually(gone(client))
    assert (await member.http.get("/api/auth/me")).status_code == 200
    await connect(api, member.token)


async def end(api: World, member: Member, how: str) -> None:
    """Ends the member's session or rights at the first API process."""
    if how == "logout":
        body = {"refreshToken": member.refresh_token}
        assert (await api.client().post("/api/auth/logout", json=body)).status_code == 204
        return
    admin = await api.member(Role.ADMIN)
    change = {"disabled": True} if how == "disable" else {"roles": ["VIEWER"]}
    answer = await admin.http.patch(f"/api/users/{member.person.id}", json=change)
    assert answer.status_code == 200


@pytest.mark.parametrize("how", ["logout", "disable", "demote"])
async def test_au1_we4_the_other_process_closes_the_sockets_without_redis(
    api: World, connect: Connect, eventually: Eventually, how: str
) -> None:
    """A change in one process affects the next request of the other, and soon closes its sockets."""
    away = f"redis://api:password@127.0.0.1:{dead_port()}/0"
    async with world(api.places, api.urls, redis_url=away) as other:
        member = await api.member(Role.APPROVER)
        client = await connect(other, member.token)
        await end(api, member, how)
        assert (await other.client(member.token).get("/api/auth/me")).status_code == 401
        await eventually(gone(client))
