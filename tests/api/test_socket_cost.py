"""What one person's sockets may cost: limits are the person's, and the sweep asks once for all rooms."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from served_api import _HASH as HASH
from served_api import ORG, Member, World
from socket_client import Listen, SocketClient
from socketio.exceptions import ConnectionError as SocketError

from adapters.notifiers.sockets import SocketNotifier
from api.connected_people import Allotment, ConnectedPeople, ConnectedPerson
from missions.caller import NOWHERE
from missions.errors import TooManyRequestsError, UnavailableError
from missions.event import Closed
from missions.mission import Outcome, Status
from missions.permissions import Role
from missions.reminder import Urgency
from stores.sockets import SocketAnnouncer, approval_rooms, reminder_rooms

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
OTHER = "other"
TOO_MANY = {"error": "Too many events."}
UNAVAILABLE = {"error": "Unavailable."}
ENDED = Closed(status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="It is well again.")


class Counted:
    """Delegates to a store's method; counts the calls, and those that run at the same time."""

    def __init__(self, patch: pytest.MonkeyPatch, store: Any, name: str) -> None:
        self._method = getattr(store, name)
        self.calls, self.running, self.most = 0, 0, 0
        self.error: Exception | None = None
        self.pause: asyncio.Event | None = None
        patch.setattr(store, name, self)

    async def __call__(self, *arguments: Any) -> Any:
        self.calls, self.running = self.calls + 1, self.running + 1
        self.most = max(self.most, self.running)
        try:
            if self.pause is not None:
                await self.pause.wait()
            if self.error is not None:
                raise self.error
            return await self._method(*arguments)
        finally:
            self.running -= 1


async def in_other(api: World, member: Member, *roles: Role) -> str:
    """A token of the same person for another organization, which they join."""
    person = member.person
    await api.people.add_org(OTHER, OTHER)
    await api.people.add(OTHER, person.email, person.name, HASH, frozenset(roles))
    account = await api.people.by_email(person.email, OTHER)
    assert account is not None
    opened = await api.sessions.open(account, NOWHERE, "test")
    return api.tokens.issue(account.person, opened.session, account.version, opened.authenticated_at)


async def at_home(api: World, member: Member) -> str:
    """A new token of the person for the first organization: joining another one ended the old one."""
    account = await api.people.by_email(member.person.email, ORG)
    assert account is not None
    opened = await api.sessions.open(account, NOWHERE, "test")
    return api.tokens.issue(account.person, opened.session, account.version, opened.authenticated_at)


async def test_we10_a_persons_sockets_share_their_events(
    api: World, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person has twenty events in a second, with all sockets in every organization; others have theirs."""
    member, other = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    foreign = await in_other(api, member, Role.OPERATOR)
    tokens = [foreign, foreign, await at_home(api, member)]
    sockets = [await listen(token) for token in tokens]
    theirs, unused = await listen(other.token), await listen(tokens[0])
    monkeypatch.setattr("api.sockets.EVENTS_A_SECOND", 20)
    monkeypatch.setattr("api.sockets.time.monotonic", lambda: 7.5)
    answers = [await sockets[number % 3].call("mission:unsubscribe", "x") for number in range(30)]
    assert answers == [{"ok": True}] * 20 + [TOO_MANY] * 10
    assert await theirs.call("mission:unsubscribe", "x") == {"ok": True}
    assert await unused.call("mission:unsubscribe", "x") == TOO_MANY
    monkeypatch.setattr("api.sockets.time.monotonic", lambda: 8.5)
    assert await unused.call("mission:unsubscribe", "x") == {"ok": True}


async def test_we10_ten_sockets_are_for_all_organizations(api: World, listen: Listen) -> None:
    """A person with two organizations has ten sockets, and parallel connects do not pass the limit."""
    member = await api.member(Role.OPERATOR)
    foreign = await in_other(api, member, Role.OPERATOR)
    tokens = [await at_home(api, member), foreign] * 10
    results = await asyncio.gather(*(listen(token) for token in tokens), return_exceptions=True)
    assert sum(isinstance(result, SocketClient) for result in results) == 10
    assert sum(isinstance(result, SocketError) for result in results) == 10


async def test_we10_one_event_after_the_other(
    api: World, listen: Listen, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    """While the database is slow, a person with many sockets waits for one answer, and others are served."""
    member, other = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    mission_id, theirs = await api.mission(member), await api.mission(other)
    sockets = [await listen(member.token) for _ in range(3)]
    get = Counted(monkeypatch, api.dependencies.missions.store, "get")
    get.pause = asyncio.Event()
    asked = [
        asyncio.ensure_future(socket.call("mission:subscribe", str(mission_id)))
        for socket in sockets
        for _ in range(10)
    ]
    reader = await listen(other.token)
    call = asyncio.ensure_future(reader.call("mission:subscribe", str(theirs)))

    async def both_wait() -> bool:
        return get.running == 2

    await eventually(both_wait)
    get.pause.set()
    assert (await call)["ok"]
    assert all(answer["ok"] for answer in await asyncio.gather(*asked))
    assert (get.calls, get.most) == (31, 2)


async def test_we10_waiting_events_are_bounded() -> None:
    """While the database is slow, a person's further events are refused instead of kept."""
    person, pause, served = ConnectedPerson(), asyncio.Event(), 0

    async def handle() -> None:
        nonlocal served
        await pause.wait()
        served += 1

    waiting = [asyncio.ensure_future(person.in_turn(handle, at_most=4)) for _ in range(10)]
    for _ in waiting:  # each has its turn
        await asyncio.sleep(0)
    pause.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(result, TooManyRequestsError) for result in results) == 6
    assert (served, person.waiting) == (4, 0)


def test_we10_an_allotment_fills_with_time() -> None:
    """It gives `rate` at once and as many in each second, however long the pause was or the clock stood."""
    allotment = Allotment()
    assert [allotment.take(3, 100.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [allotment.take(3, 100.4) for _ in range(2)] == [True, False]
    assert not allotment.is_full(100.5)
    assert [allotment.take(3, 900.0) for _ in range(4)] == [True] * 3 + [False]
    assert not allotment.take(3, 899.0)


def test_we10_who_leaves_does_not_begin_again() -> None:
    """A person without sockets keeps what they used up until it is full again; then they are forgotten."""
    people, person = ConnectedPeople(), uuid4()
    assert [people[person].events.take(1, 50.0) for _ in range(2)] == [True, False]
    people.forget_idle(50.5)
    assert not people[person].events.take(1, 50.6)
    before = people[person]
    people.forget_idle(60.0)
    assert people[person] is not before


async def test_we10_a_socket_follows_a_bounded_number_of_missions(
    api: World, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it a subscription is an error, to a mission's approval as well, until another one ends."""
    monkeypatch.setattr("api.sockets.FOLLOWED", 2)
    member = await api.member(Role.OPERATOR)
    missions = [str(await api.mission(member)) for _ in range(3)]
    approval = await api.approval(UUID(missions[2]))
    listener = await listen(member.token)
    for mission_id in (missions[0], missions[1], missions[0]):
        assert (await listener.call("mission:subscribe", mission_id))["ok"]
    refused = {"error": "You follow too many missions at once."}
    assert await listener.call("mission:subscribe", missions[2]) == refused
    assert await listener.call("approval:subscribe", str(approval.id)) == refused
    await listener.call("mission:unsubscribe", missions[0])
    assert await listener.call("approval:subscribe", str(approval.id)) == {"ok": True}


async def test_we10_the_sweep_asks_once(
    api: World, listen: Listen, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    """A sweep is one query for all sessions, and one for each organization's missions."""
    members = [await api.member(Role.OPERATOR), await api.member(Role.ADMIN)]
    members.append(await api.member(Role.OPERATOR, org=OTHER))
    for member in members:
        missions = [str(await api.mission(member)) for _ in range(4)]
        for _ in range(2):
            listener = await listen(member.token)
            for mission_id in missions:
                assert (await listener.call("mission:subscribe", mission_id))["ok"]
            assert (await listener.call("mission:watch", missions[0]))["ok"]
    people, store = api.dependencies.authentication.people, api.dependencies.missions.store
    single = [Counted(monkeypatch, people, "by_session"), Counted(monkeypatch, store, "get")]
    sessions = Counted(monkeypatch, people, "by_sessions")
    readable = Counted(monkeypatch, store, "readable_by")

    async def swept() -> bool:
        return sessions.calls >= 3

    await eventually(swept)
    assert [method.calls for method in single] == [0, 0]
    assert 2 * (sessions.calls - 1) <= readable.calls <= 2 * sessions.calls


async def test_we10_a_database_that_is_away_is_no_unknown_mission(
    api: World, listen: Listen, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    """Without the database every subscription is unavailable, and only expired tokens close their sockets."""
    member = await api.member(Role.OPERATOR)
    mission_id = await api.mission(member)
    brief = type(api.tokens)(api.tokens._secret, api.tokens._issuer, timedelta(seconds=3))
    proved = api.tokens.read(member.token)
    short = await listen(brief.issue(member.person, member.session, proved.version, proved.authenticated_at))
    listener = await listen(member.token)
    assert (await listener.call("mission:subscribe", str(mission_id)))["ok"]
    people = api.dependencies.authentication.people
    methods = [Counted(monkeypatch, people, name) for name in ("by_session", "by_sessions")]
    for method in methods:
        method.error = UnavailableError("The database does not answer.")
    for event in ("mission:subscribe", "mission:watch", "approval:subscribe"):
        assert await listener.call(event, str(mission_id)) == UNAVAILABLE
        assert await listener.call(event, str(uuid4())) == UNAVAILABLE
    before = methods[1].calls

    async def closed() -> bool:
        return not short.client.connected and methods[1].calls >= before + 2

    await eventually(closed)
    assert listener.client.connected
    for method in methods:
        method.error = None
    assert (await listener.call("mission:subscribe", str(mission_id)))["ok"]


async def test_az15_a_persons_room_is_of_one_organization(
    api: World, listen: Listen, announcer: SocketAnnouncer
) -> None:
    """A person who was disabled in one organization hears none of its cards through another one."""
    member, admin = await api.member(Role.OPERATOR), await api.member(Role.ADMIN)
    foreign = await in_other(api, member, Role.OPERATOR)
    home = api.client(await at_home(api, member))
    answer = await home.post("/api/missions", json={"prompt": "Checkout answers slowly since noon."})
    assert answer.status_code == 201
    approval = await api.approval(UUID(answer.json()["missionId"]))
    here, there = await listen(await at_home(api, member)), await listen(foreign)
    notifier = SocketNotifier(announcer.emit, approval_rooms, reminder_rooms)
    await notifier.ask(ORG, approval)
    assert (await here.hear("approval:request"))["id"] == str(approval.id)
    change = {"disabled": True}
    assert (await admin.http.patch(f"/api/users/{member.person.id}", json=change)).status_code == 200
    there = there if there.client.connected else await listen(await in_other(api, member, Role.OPERATOR))
    await notifier.ask(ORG, approval)
    for urgency in Urgency:
        await notifier.remind(ORG, approval, urgency)
    await announcer.announce(ORG, await api.journal.append(ORG, approval.mission_id, "agent", ENDED))
    await there.settle()
    assert {name for name, _ in there.heard} == {"pong"}
    await announcer.emit("notification", {"kind": "test"}, f"person:{OTHER}:{member.person.id}")
    assert await there.hear("notification") == {"kind": "test"}
