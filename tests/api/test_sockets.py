"""Socket.IO with a real client over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest
import socketio
from served_api import ORG, PUBLIC_URL, World, dead_port, world
from socketio.exceptions import ConnectionError as SocketError

from adapters.notifiers.sockets import SocketNotifier
from api.sockets import BEAT_S
from missions.event import Closed, Started
from missions.mission import Outcome, Status
from missions.person import Role
from missions.reminder import Urgency
from stores.sockets import (
    SocketAnnouncer,
    approval_rooms,
    close_channel,
    mission_room,
    reminder_rooms,
    sockets_of,
)

EVENTS = (
    "mission:step",
    "mission:status",
    "mission:update",
    "approval:request",
    "approval:response",
    "notification",
    "system:announcement",
    "pong",
)


class Ear:
    """One connected client, and everything that it heard."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: list[tuple[str, Any]] = []
        self.refusals: list[Any] = []
        self._news = asyncio.Event()
        self.client.on("connect_error", self._refused)
        for name in EVENTS:
            self.client.on(name, self._listener(name))

    def _listener(self, name: str) -> Callable[..., Awaitable[None]]:
        async def listen(*content: Any) -> None:
            self.heard.append((name, content[0] if content else None))
            self._news.set()

        return listen

    async def _refused(self, told: Any) -> None:
        self.refusals.append(told)

    async def close(self) -> None:
        """Also after a refusal, which leaves the library's own HTTP session open."""
        await self.client.disconnect()
        http = self.client.eio.http
        if http is not None:
            await http.close()

    def all(self, name: str) -> list[Any]:
        return [content for heard, content in self.heard if heard == name]

    async def hear(self, name: str, seq: int | None = None) -> Any:
        """The first event of this name (and number), once it has come."""
        async with asyncio.timeout(10):
            while True:
                self._news.clear()
                for content in self.all(name):
                    if seq is None or content["seq"] == seq:
                        return content
                await self._news.wait()

    async def hear_of(self, name: str, count: int) -> None:
        """Waits until so many events of this name have come."""
        async with asyncio.timeout(10):
            while len(self.all(name)) < count:
                self._news.clear()
                if len(self.all(name)) < count:
                    await self._news.wait()

    async def call(self, name: str, content: Any) -> Any:
        return await self.client.call(name, content, timeout=10)

    async def settle(self) -> None:
        """What was sent to this client before has arrived: its own ping came back after it."""
        before = len(self.all("pong"))
        await self.client.emit("ping")
        async with asyncio.timeout(10):
            while len(self.all("pong")) == before:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def listen(api: World) -> AsyncIterator[Callable[..., Awaitable[Ear]]]:
    """Connects clients, and disconnects them at the end."""
    async with AsyncExitStack() as until:

        async def connect(token: Any, auth: Any = None) -> Ear:
            ear = Ear()
            until.push_async_callback(ear.close)
            await ear.client.connect(
                api.url, auth=auth or {"token": token}, transports=["websocket"], wait_timeout=60
            )
            return ear

        yield connect


@pytest.fixture
async def announcer(api: World) -> AsyncIterator[SocketAnnouncer]:
    """As the missions worker has it: it may publish, and nothing else."""
    manager = sockets_of(api.places.redis_urls["missions"])
    announcer = SocketAnnouncer(manager)
    yield announcer
    await announcer.close()  # what it still tells must not be left to the garbage collector
    await close_channel(manager)


Listen = Callable[..., Awaitable[Ear]]


@pytest.mark.parametrize(
    ("auth", "told"),
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
async def test_who_is_not_signed_in_is_refused(api: World, auth: Any, told: str) -> None:
    """With the texts that clients know."""
    ear = Ear()
    with pytest.raises(SocketError):
        await ear.client.connect(api.url, auth=auth, transports=["websocket"], wait_timeout=60)
    await ear.close()
    assert ear.refusals == [{"message": told}]


async def test_a_session_that_ended_is_refused(api: World) -> None:
    """As an invalid token."""
    member = await api.member(Role.ADMIN)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.ADMIN}))
    ear = Ear()
    with pytest.raises(SocketError):
        await ear.client.connect(
            api.url, auth={"token": member.token}, transports=["websocket"], wait_timeout=60
        )
    await ear.close()
    assert ear.refusals == [{"message": "Invalid token"}]


async def test_a_foreign_page_cannot_connect(api: World) -> None:
    """A browser's handshake from another origin is refused; one from the same is not."""
    path = "/socket.io/?EIO=4&transport=polling"
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as client:
        assert (await client.get(path, headers={"Origin": "https://evil.example"})).status_code == 400
        assert (await client.get(path, headers={"Origin": PUBLIC_URL})).status_code == 200


async def test_a_watcher_hears_what_the_worker_announces(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """The ack says where the table stands; step, status and mission arrive, until unsubscribed."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    ear = await listen(owner.token)
    assert await ear.call("mission:subscribe", str(mission_id)) == {"ok": True, "lastSeq": 1}
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", Started()))
    step = await ear.hear("mission:step")
    assert (step["missionId"], step["seq"], step["title"]) == (str(mission_id), 2, "Mission started")
    status = await ear.hear("mission:status", seq=2)
    assert status == {"missionId": str(mission_id), "status": "RUNNING", "seq": 2, "lastSeq": 2}
    update = await ear.hear("mission:update")
    seen = (await owner.http.get(f"/api/missions/{mission_id}")).json()["mission"]
    assert update == seen
    assert await ear.call("mission:unsubscribe", str(mission_id)) == {"ok": True}
    ear.heard.clear()
    assert (await owner.http.post(f"/api/missions/{mission_id}/cancel")).status_code == 202
    await ear.settle()
    assert ear.all("mission:step") == []


async def test_what_people_do_is_heard_too(api: World, listen: Listen) -> None:
    """A cancellation over HTTP reaches the watchers of the mission."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    ear = await listen(owner.token)
    await ear.call("mission:subscribe", str(mission_id))
    await owner.http.post(f"/api/missions/{mission_id}/cancel")
    assert (await ear.hear("mission:step"))["key"] == "cancel-requested"


async def test_az4_a_client_never_names_a_room(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Whatever a foreign client sends: an error, and it hears nothing of the mission."""
    owner, foreign = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR, Role.APPROVER)
    mission_id = await api.mission(owner)
    room = mission_room(ORG, mission_id)
    watcher, ear = await listen(owner.token), await listen(foreign.token)
    await watcher.call("mission:subscribe", str(mission_id))
    hostile: list[Any] = [str(mission_id), room, str(uuid4()), "", "*", None, 5, {"id": str(mission_id)}, []]
    hostile += [[str(mission_id)], f"{{{mission_id}}}", b"\x00", "x" * 5000, f"{ORG}:{mission_id}", True]
    for content in hostile:
        assert await ear.call("mission:subscribe", content) == {"error": "Unknown mission."}, content
        assert await ear.call("approval:subscribe", content) == {"error": "Unknown approval."}, content
        assert await ear.call("mission:unsubscribe", content) == {"ok": True}, content
    for name in ("join", "enter_room", "room", "subscribe", "disconnect", "connect", "mission:step"):
        await ear.client.emit(name, room)
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", Started()))
    await watcher.hear("mission:update")
    await ear.settle()
    assert {name for name, _ in ear.heard} == {"pong"}


async def test_az4_events_with_odd_arguments_are_answered(api: World, listen: Listen) -> None:
    """None, or too many: the connection stays and answers."""
    member = await api.member(Role.VIEWER)
    ear = await listen(member.token)
    for name in ("mission:subscribe", "approval:subscribe"):
        assert "error" in await ear.call(name, ())
        assert "error" in await ear.call(name, (str(uuid4()), "mission:demo:x"))
    assert await ear.call("mission:unsubscribe", ()) == {"ok": True}
    await ear.client.emit("ping", "with something")
    await ear.hear("pong")


async def test_az4_a_logout_closes_the_sockets(
    api: World, listen: Listen, eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
) -> None:
    """AU1: within a beat the server disconnects whose session ended."""
    member = await api.member(Role.APPROVER)
    ear = await listen(member.token)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.APPROVER}))

    async def gone() -> bool:
        return not ear.client.connected

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
    ear = await listen(approver.token)
    assert (await ear.call("mission:subscribe", str(mission_id)))["ok"]
    await api.set_roles(approver, Role.VIEWER)
    manager = api.wiring.sockets.manager

    async def alone() -> bool:
        rooms = (mission_room(ORG, mission_id), f"deciders:{ORG}")
        sid = ear.client.get_sid()
        held = {room for room in rooms for one, _ in manager.get_participants("/", room) if one == sid}
        return not held

    await eventually(alone)
    ear.heard.clear()
    await SocketNotifier(announcer.emit, approval_rooms, reminder_rooms).ask(ORG, approval)
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", Started()))
    await ear.settle()
    assert {name for name, _ in ear.heard} == {"pong"}


async def test_a_group_hears_the_question_first(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """Its members do; other deciders when everybody is let in."""
    member, other = await api.member(Role.APPROVER), await api.member(Role.APPROVER)
    admin = await api.member(Role.ADMIN)
    joins = {"groups": ["oncall"]}  # changed people sign in anew
    joined = await admin.http.patch(f"/api/users/{member.person.id}", json=joins)
    assert (joined.status_code, joined.json()["groups"]) == (200, ["oncall"])
    approval = await api.approval(await api.mission(await api.member(Role.OPERATOR)))
    verdict = approval.verdict.model_copy(update={"group": "oncall"})
    approval = approval.model_copy(update={"verdict": verdict})
    notifier = SocketNotifier(announcer.emit, approval_rooms, reminder_rooms)
    inside = await listen((await api.signed_in(member.person.email)).token)
    outside = await listen(other.token)
    await notifier.ask(ORG, approval)
    assert (await inside.hear("approval:request"))["id"] == str(approval.id)
    await notifier.remind(ORG, approval, Urgency.REMIND)
    await inside.hear("notification")
    await outside.settle()
    assert {name for name, _ in outside.heard} == {"pong"}
    await notifier.remind(ORG, approval, Urgency.WIDEN)
    await outside.hear("notification")


async def test_an_approval_reaches_deciders_and_the_owner(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """The question and the answer; a viewer and another operator hear neither."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER)
    others = [await api.member(role) for role in (Role.VIEWER, Role.OPERATOR, Role.AUDITOR)]
    others.append(await api.member(Role.ADMIN, org="other"))
    approval = await api.approval(await api.mission(owner))
    concerned = [await listen(owner.token), await listen(approver.token)]
    deaf = [await listen(member.token) for member in others]
    await SocketNotifier(announcer.emit, approval_rooms, reminder_rooms).ask(ORG, approval)
    for ear in concerned:
        assert (await ear.hear("approval:request"))["actionHash"] == approval.action_hash
    body = {"status": "APPROVED", "notes": "fine", "actionHash": approval.action_hash}
    answer = await approver.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    for ear in concerned:
        assert await ear.hear("approval:response") == answer.json()
    for ear in deaf:
        await ear.settle()
        assert {name for name, _ in ear.heard} == {"pong"}


async def test_each_room_hears_where_the_table_stands(api: World, listen: Listen) -> None:
    """Within a beat (of 5 s), without any announcement: a lost last event leaves no gap to notice."""
    assert BEAT_S == 5
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    ear = await listen(owner.token)
    await ear.call("mission:subscribe", str(mission_id))
    await api.journal.append(ORG, mission_id, "agent", Started())
    beat = await ear.hear("mission:status", seq=2)
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
    failing = FailingOnce(api.wiring.missions.last_seqs)
    monkeypatch.setattr(api.wiring.missions, "last_seqs", failing)
    ear = await listen(owner.token)
    await ear.call("mission:subscribe", str(mission_id))
    await api.journal.append(ORG, mission_id, "agent", Started())
    await ear.hear("mission:status", seq=2)
    assert failing.asked > 1


async def test_the_sweep_goes_on_after_an_error(
    api: World,
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    """Whose session ended is disconnected by the next one."""
    member = await api.member(Role.APPROVER)
    ear = await listen(member.token)
    failing = FailingOnce(api.wiring.people.by_session)
    monkeypatch.setattr(api.wiring.people, "by_session", failing)
    await api.people.add(ORG, member.person.email, "x", "another hash", frozenset({Role.APPROVER}))

    async def gone() -> bool:
        return not ear.client.connected

    await eventually(gone)
    assert failing.asked > 1


async def test_without_its_database_a_socket_is_told_so(api: World) -> None:
    """Not the client's fault: it keeps its token and comes again."""
    member = await api.member(Role.OPERATOR)
    away = f"postgresql+psycopg://api:password@127.0.0.1:{dead_port()}/ops"
    async with world(api.places, api.urls, database_url=away) as cut_off:
        ear = Ear()
        with pytest.raises(SocketError):
            await ear.client.connect(
                cut_off.url, auth={"token": member.token}, transports=["websocket"], wait_timeout=60
            )
        await ear.close()
    assert ear.refusals == [{"message": "Unavailable"}]


async def test_ping_is_answered(api: World, listen: Listen) -> None:
    """With pong, to the one who asked."""
    member = await api.member(Role.VIEWER)
    ear, other = await listen(member.token), await listen(member.token)
    await ear.settle()
    await other.settle()
    assert (len(ear.all("pong")), len(other.all("pong"))) == (1, 1)


async def test_a_person_is_told_that_their_mission_ended_and_was_decided(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """On all their sockets, subscribed or not; nobody else is."""
    owner, approver = await api.member(Role.OPERATOR), await api.member(Role.APPROVER, name="Ada")
    mission_id = await api.mission(owner)
    approval = await api.approval(mission_id)
    ear, other = await listen(owner.token), await listen(approver.token)
    body = {"status": "APPROVED", "notes": "Go.", "actionHash": approval.action_hash}
    answer = await approver.http.patch(f"/api/approvals/{approval.id}/respond", json=body)
    assert answer.status_code == 200
    told = await ear.hear("notification")
    assert (told["kind"], told["missionId"]) == ("approval-decided", str(mission_id))
    assert (told["approvalId"], told["text"]) == (str(approval.id), "Go.")
    assert told["title"].endswith(": Ada approved")
    closed = Closed(status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="It is well again.")
    await announcer.announce(ORG, await api.journal.append(ORG, mission_id, "agent", closed))
    await ear.hear_of("notification", 2)
    ended = ear.all("notification")[1]
    assert (ended["kind"], ended["text"]) == ("mission-ended", "It is well again.")
    await other.settle()
    assert other.all("notification") == []


async def test_an_announcement_reaches_everybody_of_the_organization(api: World, listen: Listen) -> None:
    """From an administrator, audited; nobody of another organization hears it."""
    admin, viewer = await api.member(Role.ADMIN, name="Ada"), await api.member(Role.VIEWER)
    stranger = await api.member(Role.ADMIN, org="other")
    ear, foreign = await listen(viewer.token), await listen(stranger.token)
    answer = await admin.http.post("/api/announcements", json={"text": "  We stop at noon.  "})
    assert answer.status_code == 201
    heard = await ear.hear("system:announcement")
    assert heard == answer.json()
    assert (heard["text"], heard["by"]) == ("We stop at noon.", "Ada")
    assert "announcement.made" in await api.audited(f"org/{ORG}")
    await foreign.settle()
    assert foreign.all("system:announcement") == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, None, 5], ids=repr)
async def test_only_administrators_announce_and_briefly(api: World, text: Any) -> None:
    """403 and 422; the refusal alone is audited."""
    admin, approver = await api.member(Role.ADMIN), await api.member(Role.APPROVER)
    before = await api.rows("audit_entries")
    assert (await approver.http.post("/api/announcements", json={"text": "Hear me."})).status_code == 403
    assert (await admin.http.post("/api/announcements", json={"text": text})).status_code == 422
    assert await api.rows("audit_entries") == before + 1
