"""Socket.IO with a real WebSocket client: who may connect, and which rooms a client receives."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from loopback import dead_port
from served_api import ORG, PUBLIC_URL, World, world
from socket_client import Listen, SocketClient
from socketio.exceptions import ConnectionError as SocketError

from adapters.notifiers.sockets import SocketNotifier
from api.sockets import BEAT_S
from missions.event import Started
from missions.permissions import Role
from stores.sockets import (
    SocketAnnouncer,
    approval_rooms,
    mission_room,
    reminder_rooms,
)


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "Authentication required"),
        ({}, "Authentication required"),
        ({"token": ""}, "Authentication required"),
        ({"token": 5}, "Authentication required"),
        ({"token": "x"}, "Invalid token"),
        ({"token": "a.b.c"}, "Invalid token"),
        ({"token": "\0" * 100}, "Invalid token"),
    ],
    ids=repr,
)
async def test_who_is_not_signed_in_is_refused(api: World, auth: Any, message: str) -> None:
    """A connection without a valid token is refused with the messages that clients expect."""
    listener = SocketClient()
    with pytest.raises(SocketError):
        await listener.client.connect(api.url, auth=auth, transports=["websocket"], wait_timeout=60)
    await listener.close()
    assert listener.refusals == [{"message": message}]


async def test_a_session_that_ended_is_refused(api: World) -> None:
    """A token of an ended session is refused as an invalid token."""
    member = await api.member(Role.ADMIN)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.ADMIN}))
    listener = SocketClient()
    with pytest.raises(SocketError):
        await listener.client.connect(
            api.url, auth={"token": member.token}, transports=["websocket"], wait_timeout=60
        )
    await listener.close()
    assert listener.refusals == [{"message": "Invalid token"}]


async def test_a_foreign_page_cannot_connect(api: World) -> None:
    """A handshake from another origin is refused; one from the public origin is accepted."""
    path = "/socket.io/?EIO=4&transport=polling"
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
        assert (await client.get(path, headers={"Origin": "https://evil.example"})).status_code == 400
        assert (await client.get(path, headers={"Origin": PUBLIC_URL})).status_code == 200


async def test_a_watcher_hears_what_the_worker_announces(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """A subscriber gets `lastSeq`, then event, step, status and mission until it unsubscribes."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    listener = await listen(owner.token)
    assert await listener.call("mission:subscribe", str(mission_id)) == {"ok": True, "lastSeq": 1}
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", Started()))
    event = await listener.hear("mission:event")
    read = (await owner.http.get(f"/api/missions/{mission_id}/events", params={"after": 1})).json()
    assert [event] == read["events"]
    step = await listener.hear("mission:step")
    assert (step["missionId"], step["seq"], step["title"]) == (str(mission_id), 2, "Mission started")
    status = await listener.hear("mission:status", seq=2)
    assert status == {"missionId": str(mission_id), "status": "RUNNING", "seq": 2, "lastSeq": 2}
    update = await listener.hear("mission:update")
    seen = (await owner.http.get(f"/api/missions/{mission_id}")).json()["mission"]
    assert update == seen
    assert await listener.call("mission:unsubscribe", str(mission_id)) == {"ok": True}
    listener.heard.clear()
    assert (await owner.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 202
    await listener.settle()
    assert listener.all("mission:event") == listener.all("mission:step") == []


async def test_what_people_do_is_heard_too(api: World, listen: Listen) -> None:
    """A cancellation over HTTP reaches the subscribers of the mission."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    listener = await listen(owner.token)
    await listener.call("mission:subscribe", str(mission_id))
    await owner.http.post(f"/api/missions/{mission_id}/cancel")
    assert (await listener.hear("mission:step"))["key"] == "cancel-requested"


async def test_az4_a_client_never_names_a_room(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Every subscription of a client without access is an error, and it gets nothing of the mission."""
    owner, foreign = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR, Role.APPROVER)
    mission_id = await api.mission(owner)
    room = mission_room(ORG, mission_id)
    watcher, listener = await listen(owner.token), await listen(foreign.token)
    await watcher.call("mission:subscribe", str(mission_id))
    hostile: list[Any] = [str(mission_id), room, str(uuid4()), "", "*", None, 5, {"id": str(mission_id)}, []]
    hostile += [[str(mission_id)], f"{{{mission_id}}}", b"\x00", "x" * 5000, f"{ORG}:{mission_id}", True]
    for content in hostile:
        assert await listener.call("mission:subscribe", content) == {"error": "Unknown mission."}, content
        assert await listener.call("approval:subscribe", content) == {"error": "Unknown approval."}, content
        assert await listener.call("mission:unsubscribe", content) == {"ok": True}, content
    for name in ("join", "enter_room", "room", "subscribe", "disconnect", "connect", "mission:step"):
        await listener.client.emit(name, room)
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", Started()))
    await watcher.hear("mission:update")
    await listener.settle()
    assert {name for name, _ in listener.heard} == {"pong"}


async def test_az4_events_with_odd_arguments_are_answered(api: World, listen: Listen) -> None:
    """Missing or additional arguments get an error, and the connection stays open."""
    member = await api.member(Role.VIEWER)
    listener = await listen(member.token)
    for name in ("mission:subscribe", "approval:subscribe"):
        assert "error" in await listener.call(name, ())
        assert "error" in await listener.call(name, (str(uuid4()), "mission:demo:x"))
    assert await listener.call("mission:unsubscribe", ()) == {"ok": True}
    await listener.client.emit("ping", "with something")
    await listener.hear("pong")


async def test_az4_a_logout_closes_the_sockets(
    api: World, listen: Listen, eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
) -> None:
    """AU1: the server soon disconnects sockets of an ended session."""
    member = await api.member(Role.APPROVER)
    listener = await listen(member.token)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.APPROVER}))

    async def gone() -> bool:
        return not listener.client.connected

    await eventually(gone)


async def test_az4_a_demotion_empties_the_rooms(
    api: World,
    listen: Listen,
    announcer: SocketAnnouncer,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    """A demoted approver soon receives no approvals and no foreign missions."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER)
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    listener = await listen(approver.token)
    assert (await listener.call("mission:subscribe", str(mission_id)))["ok"]
    await api.set_roles(approver, Role.VIEWER)
    manager = api.dependencies.live.server.manager

    async def alone() -> bool:
        rooms = (mission_room(ORG, mission_id), f"deciders:{ORG}")
        sid = listener.client.get_sid()
        held = {
            room
            for room in rooms
            for participant, _ in manager.get_participants("/", room)
            if participant == sid
        }
        return not held

    await eventually(alone)
    listener.heard.clear()
    await SocketNotifier(announcer.emit, approval_rooms, reminder_rooms).ask(ORG, approval)
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", Started()))
    await listener.settle()
    assert {name for name, _ in listener.heard} == {"pong"}


async def test_each_room_hears_where_the_table_stands(api: World, listen: Listen) -> None:
    """Each room gets `lastSeq` every 5 s without an announcement, so a lost last event is noticed."""
    assert BEAT_S == 5
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    listener = await listen(owner.token)
    await listener.call("mission:subscribe", str(mission_id))
    await api.journal.append(ORG, mission_id, "agent", Started())
    beat = await listener.hear("mission:status", seq=2)
    assert beat == {"missionId": str(mission_id), "status": "RUNNING", "seq": 2, "lastSeq": 2}


class FailingOnce:
    """Delegates to a store method, but its first call raises an unexpected error."""

    def __init__(self, ask: Callable[..., Awaitable[Any]]) -> None:
        self._ask = ask
        self.asked = 0

    async def __call__(self, *arguments: Any) -> Any:
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("Nobody thought of this.")
        return await self._ask(*arguments)


async def test_the_beat_goes_on_after_an_error(
    api: World, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed heartbeat, the next one sends the status."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    failing = FailingOnce(api.dependencies.missions.store.last_seqs)
    monkeypatch.setattr(api.dependencies.missions.store, "last_seqs", failing)
    listener = await listen(owner.token)
    await listener.call("mission:subscribe", str(mission_id))
    await api.journal.append(ORG, mission_id, "agent", Started())
    await listener.hear("mission:status", seq=2)
    assert failing.asked > 1


async def test_the_sweep_goes_on_after_an_error(
    api: World,
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    """After a failed sweep, the next sweep disconnects sockets of ended sessions."""
    member = await api.member(Role.APPROVER)
    listener = await listen(member.token)
    failing = FailingOnce(api.dependencies.authentication.people.by_sessions)
    monkeypatch.setattr(api.dependencies.authentication.people, "by_sessions", failing)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.APPROVER}))

    async def gone() -> bool:
        return not listener.client.connected

    await eventually(gone)
    assert failing.asked > 1


async def test_without_its_database_a_socket_is_told_so(api: World) -> None:
    """Without its database the server answers "Unavailable", so the client keeps its token and retries."""
    member = await api.member(Role.OPERATOR)
    away = f"postgresql+psycopg://api:password@127.0.0.1:{dead_port()}/ops"
    async with world(api.places, api.urls, database_url=away) as cut_off:
        listener = SocketClient()
        with pytest.raises(SocketError):
            await listener.client.connect(
                cut_off.url, auth={"token": member.token}, transports=["websocket"], wait_timeout=60
            )
        await listener.close()
    assert listener.refusals == [{"message": "Unavailable"}]


async def test_ping_is_answered(api: World, listen: Listen) -> None:
    """A ping gets a pong, for the sending socket only."""
    member = await api.member(Role.VIEWER)
    listener, other = await listen(member.token), await listen(member.token)
    await listener.settle()
    await other.settle()
    assert (len(listener.all("pong")), len(other.all("pong"))) == (1, 1)
