"""Socket.IO with a real client over a WebSocket: who connects, and what rooms they hear."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from served_api import ORG, PUBLIC_URL, World, dead_port, world
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
    """With the texts that clients know."""
    listener = SocketClient()
    with pytest.raises(SocketError):
        await listener.client.connect(api.url, auth=auth, transports=["websocket"], wait_timeout=60)
    await listener.close()
    assert listener.refusals == [{"message": message}]


async def test_a_session_that_ended_is_refused(api: World) -> None:
    """As an invalid token."""
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
    """A browser's handshake from another origin is refused; one from the same is not."""
    path = "/socket.io/?EIO=4&transport=polling"
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
        assert (await client.get(path, headers={"Origin": "https://evil.example"})).status_code == 400
        assert (await client.get(path, headers={"Origin": PUBLIC_URL})).status_code == 200


async def test_a_watcher_hears_what_the_worker_announces(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """The ack holds the last `seq`; event, step, status and mission arrive, until unsubscribed."""
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
    """A cancellation over HTTP reaches the watchers of the mission."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    listener = await listen(owner.token)
    await listener.call("mission:subscribe", str(mission_id))
    await owner.http.post(f"/api/missions/{mission_id}/cancel")
    assert (await listener.hear("mission:step"))["key"] == "cancel-requested"


async def test_az4_a_client_never_names_a_room(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Whatever a foreign client sends: an error, and it hears nothing of the mission."""
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
    """None, or too many: the connection stays and answers."""
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
    """AU1: within a beat the server disconnects whose session ended."""
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
    """Within a beat a demoted approver hears of no approval and of no foreign mission any more."""
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
    """Within a beat (of 5 s), without any announcement: a lost last event leaves no gap to notice."""
    assert BEAT_S == 5
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    listener = await listen(owner.token)
    await listener.call("mission:subscribe", str(mission_id))
    await api.journal.append(ORG, mission_id, "agent", Started())
    beat = await listener.hear("mission:status", seq=2)
    assert beat == {"missionId": str(mission_id), "status": "RUNNING", "seq": 2, "lastSeq": 2}


class FailingOnce:
    """What the table says, but the first question is met with an error that nobody thought of."""

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
    """One lost beat, and the next one tells where the table stands."""
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
    """Whose session ended is disconnected by the next one."""
    member = await api.member(Role.APPROVER)
    listener = await listen(member.token)
    failing = FailingOnce(api.dependencies.authentication.people.by_session)
    monkeypatch.setattr(api.dependencies.authentication.people, "by_session", failing)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.APPROVER}))

    async def gone() -> bool:
        return not listener.client.connected

    await eventually(gone)
    assert failing.asked > 1


async def test_without_its_database_a_socket_is_told_so(api: World) -> None:
    """Not the client's fault: it keeps its token and comes again."""
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
    """With pong, to the one who asked."""
    member = await api.member(Role.VIEWER)
    listener, other = await listen(member.token), await listen(member.token)
    await listener.settle()
    await other.settle()
    assert (len(listener.all("pong")), len(other.all("pong"))) == (1, 1)
