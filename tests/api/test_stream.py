"""`/api/missions/{id}/stream`: Server-Sent Events over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from served_api import ORG, World

from missions.event import Started
from missions.permissions import Role


async def blocks(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """The stream's blocks as an EventSource parses them; a comment has the field ``."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if not line:
            yield fields
            fields = {}
            continue
        name, _, value = line.partition(":")
        fields[name] = value.strip()


async def test_steps_are_told_as_they_come_until_the_end(api: World) -> None:
    """Each step comes once, in order, with its seq as id; then `end`, and the stream closes."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    heard: list[dict[str, str]] = []
    async with asyncio.timeout(20), owner.http.stream("GET", f"/api/missions/{mission_id}/stream") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert answer.headers["Cache-Control"] == "no-store"
        async for block in blocks(answer):
            heard.append(block)
            if block.get("id") == "1":  # the rest is written while the stream is open
                await api.approval(mission_id)
                await api.close_mission(mission_id)
    assert [block["id"] for block in heard if "id" in block] == ["1", "2", "3", "4"]
    assert [json.loads(block["data"])["seq"] for block in heard if "id" in block] == [1, 2, 3, 4]
    assert heard[-1]["event"] == "end"
    last = {"status": "COMPLETED", "outcome": "recovered", "looksAgainAt": None, "lastSeq": 4}
    assert json.loads(heard[-1]["data"]) == last


async def test_a_stream_goes_on_where_it_was_left(api: World) -> None:
    """A stream resumes after Last-Event-ID or `after`; with nothing left it is 204."""
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    await api.approval(mission_id)
    await api.close_mission(mission_id)
    path = f"/api/missions/{mission_id}/stream"
    for params, headers in (({}, {"Last-Event-ID": "2"}), ({"after": "2"}, {})):
        async with owner.http.stream("GET", path, params=params, headers=headers) as answer:
            assert [block["id"] async for block in blocks(answer) if "id" in block] == ["3", "4"]
    assert (await owner.http.get(path, headers={"Last-Event-ID": "4"})).status_code == 204
    assert (await owner.http.get(path, headers={"Last-Event-ID": "x"})).status_code == 422


async def test_a_quiet_stream_beats_and_ends_in_time(api: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle stream sends comments, and closes after its lifetime without `end`."""
    monkeypatch.setattr("api.streams.POLL_S", 0.02)
    monkeypatch.setattr("api.streams.BEAT_S", 0.1)
    monkeypatch.setattr("api.streams.LIFE_S", 0.5)
    owner = await api.member(Role.OPERATOR)
    mission_id = await api.mission(owner)
    async with asyncio.timeout(10), owner.http.stream("GET", f"/api/missions/{mission_id}/stream") as answer:
        heard = [block async for block in blocks(answer)]
    assert {"": "still there"} in heard
    assert all(block.get("event") != "end" for block in heard)


async def test_a_stream_is_for_who_may_read(api: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions are those of the mission, and losing them ends the events of an open stream."""
    monkeypatch.setattr("api.streams.POLL_S", 0.05)
    owner, stranger = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    auditor = await api.member(Role.AUDITOR)
    mission_id = await api.mission(owner)
    path = f"/api/missions/{mission_id}/stream"
    assert (await api.client().get(path)).status_code == 401
    assert (await stranger.http.get(path)).status_code == 404
    heard = []
    async with asyncio.timeout(10), auditor.http.stream("GET", path) as answer:
        async for block in blocks(answer):
            heard.append(block)
            if block.get("id") == "1":
                await api.set_roles(auditor, Role.VIEWER)
                await api.journal.append(ORG, mission_id, "agent", Started())
    assert [block["id"] for block in heard if "id" in block] in (["1"], ["1", "2"])
    assert all(block.get("event") != "end" for block in heard)
