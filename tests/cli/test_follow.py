"""`ops-agent` against the served API."""

import asyncio
import inspect
import subprocess
import sysconfig
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest
from loopback import served
from served_api import ORG, PASSWORD, Member, World, api_settings
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.application import create_app
from cli.client import ApiClient, ApiError
from cli.dashboards import dashboards
from cli.follow import Follower
from cli.main import app
from missions.event_view import EventView
from missions.mission import Status
from missions.permissions import Role
from runtime.bootstrap import PEOPLE


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sysconfig.get_path("scripts")) / "ops-agent"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={})


def test_without_a_stack_it_says_so_in_one_line(tmp_path: Path) -> None:
    """Without a stack the command exits with 1 and one line of advice, without a traceback."""
    data = tmp_path / ("deep" * 20)
    ended = run("missions", "--data", str(data))
    assert ended.returncode == 1
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert line == f"No stack runs in {data}. Start one: make up"


def test_each_command_acts_for_a_person_of_the_local_stack() -> None:
    """The default person of each command exists there, and administers what needs it."""
    registered = (*app.registered_commands, *dashboards.registered_commands)
    callbacks = [command.callback for command in registered if command.callback is not None]
    defaults = {
        callback.__name__: inspect.signature(callback).parameters["who"].default
        for callback in callbacks
        if "who" in inspect.signature(callback).parameters
    }
    assert len(defaults) > 10
    assert set(defaults.values()) <= set(PEOPLE), defaults
    administering = {
        "codec",
        "reseal",
        *(each.__name__ for each in callbacks if each.__module__ == "cli.dashboards"),
    }
    assert all(Role.ADMIN in PEOPLE[defaults[name]][1] for name in administering)


class WithoutSockets:
    """The API behind a proxy that blocks Socket.IO."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif scope.get("path", "").startswith("/socket.io"):
            await PlainTextResponse("not here", 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@pytest.fixture
async def clients() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as until:
        yield until


async def signed_in(until: AsyncExitStack, url: str, member: Member) -> ApiClient:
    return await until.enter_async_context(ApiClient(url, member.person.email, PASSWORD))


async def follow(api: World, client: ApiClient, mission_id: UUID) -> list[EventView]:
    """Follows from the first event; each event that is read causes the next one, until the end."""
    seen = []
    follower = Follower(client, str(mission_id))
    async with asyncio.timeout(20):
        async for event in follower.events():
            seen.append(event)
            if event.seq == 1:
                await api.approval(mission_id)  # two events at once
            if event.seq == 3:
                opened = (await client.get("/api/approvals"))["approvals"][0]
                approver = await api.member(Role.APPROVER)
                body = {"status": "DENIED", "notes": "no", "actionHash": opened["actionHash"]}
                path = f"/api/approvals/{opened['id']}/respond"
                assert (await approver.http.patch(path, json=body)).status_code == 200
            if event.seq == 4:
                await api.close_mission(mission_id)
    assert follower.mission.status is Status.COMPLETED
    return seen


async def test_a_follower_yields_each_event_once_in_order(
    api: World, clients: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event comes once, by sockets: the polling interval is a minute, and sign-in is automatic."""
    monkeypatch.setattr("cli.follow.RESYNC_S", 60.0)
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    client = await signed_in(clients, api.url, owner)
    seen = await follow_while_it_goes_on(api, client, mission_id)
    assert [event.seq for event in seen] == [1, 2, 3, 4, 5]


async def follow_while_it_goes_on(api: World, client: ApiClient, mission_id: UUID) -> list[EventView]:
    """As `follow`, but the events are written by a task once the server has the follower in its room."""

    async def write_events() -> None:
        while not _watched(api, mission_id):  # noqa: ASYNC110  the room of the server has no event
            await asyncio.sleep(0.02)
        opened = await api.approval(mission_id)
        approver = await api.member(Role.APPROVER)
        body = {"status": "DENIED", "notes": "no", "actionHash": opened.action_hash}
        answer = await approver.http.patch(f"/api/approvals/{opened.id}/respond", json=body)
        assert answer.status_code == 200
        await api.close_mission(mission_id)

    writing = asyncio.create_task(write_events())
    async with asyncio.timeout(20):
        seen = [event async for event in Follower(client, str(mission_id)).events()]
    await writing
    return seen


def _watched(api: World, mission_id: UUID) -> bool:
    rooms = api.dependencies.live.server.manager.rooms.get("/", {})
    return f"mission:{ORG}:{mission_id}" in rooms


async def test_a_follower_needs_no_sockets(
    api: World, clients: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event comes once, in order, from the table while Socket.IO is unavailable."""
    monkeypatch.setattr("cli.follow.RESYNC_S", 0.2)
    app = create_app(api_settings(api.places, database_url=api.urls.api))
    async with served(WithoutSockets(app)) as url:
        owner = await api.member(Role.OPERATOR)
        client = await signed_in(clients, url, owner)
        seen = await follow(api, client, await api.mission(owner))
    assert [event.seq for event in seen] == [1, 2, 3, 4, 5]


async def test_a_client_says_what_the_api_said(api: World, clients: AsyncExitStack) -> None:
    """The error has the problem's text and status, and an expired token causes a new sign-in."""
    owner = await api.member(Role.OPERATOR)
    client = await signed_in(clients, api.url, owner)
    with pytest.raises(ApiError, match=r"There is no such thing here. Unknown mission. \(404\)") as missing:
        await client.get("/api/missions/00000000-0000-0000-0000-000000000000")
    assert missing.value.status == 404
    client.token = "over"
    assert (await client.get("/api/missions"))["missions"] == []
    assert client.token != "over"


async def test_a_client_says_that_nobody_answers(clients: AsyncExitStack, api: World) -> None:
    """An unreachable API is an ApiError with status 0 and advice."""
    owner = await api.member(Role.OPERATOR)
    client = await signed_in(clients, "http://127.0.0.1:9", owner)
    with pytest.raises(ApiError, match="make up") as away:
        await client.login()
    assert away.value.status == 0
