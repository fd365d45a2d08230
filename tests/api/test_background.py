"""In each background job of the API, an organization that fails does not affect the others."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from prometheus_client.parser import text_string_to_metric_families
from served_api import ORG, Member, World
from socket_client import Listen, SocketClient

from missions.event import Started
from missions.frame import Frame
from missions.permissions import Role
from stores.frames import RedisFrames

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
BROKEN = "other"
TOKEN = {"Authorization": "Bearer a-metrics-token-of-32-bytes-or-more"}
JPEG = b"\xff\xd8\xff" + bytes(100)


async def failures(api: World, job: str) -> float:
    """The number of failed runs for an organization in this job, from the Prometheus metrics."""
    page = (await api.client().get("/api/metrics", headers=TOKEN)).text
    (family,) = (
        family
        for family in text_string_to_metric_families(page)
        if family.name == "ops_agent_job_organization_failures"
    )
    return sum(sample.value for sample in family.samples if sample.labels["job"] == job)


@pytest.fixture
async def healthy(api: World) -> Member:
    return await api.member(Role.OPERATOR)


@pytest.fixture
async def broken(api: World) -> Member:
    """A member of the organization that fails."""
    return await api.member(Role.OPERATOR, org=BROKEN)


@pytest.fixture
async def missions(api: World, healthy: Member, broken: Member) -> tuple[UUID, UUID]:
    """One mission in each organization."""
    return await api.mission(healthy), await api.mission(broken)


async def subscribed(listen: Listen, member: Member, event: str, mission_id: UUID) -> SocketClient:
    listener = await listen(member.token)
    assert (await listener.call(event, str(mission_id)))["ok"]
    return listener


async def test_the_beat_reaches_the_other_rooms(
    api: World,
    listen: Listen,
    healthy: Member,
    broken: Member,
    missions: tuple[UUID, UUID],
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    """If one organization's table cannot be read, the failure is counted and other rooms get their status."""
    original = api.dependencies.missions.store.last_seqs

    async def last_seqs(org: str, ids: set[UUID]) -> Any:
        if org == BROKEN:
            raise RuntimeError("a bug")
        return await original(org, ids)

    monkeypatch.setattr(api.dependencies.missions.store, "last_seqs", last_seqs)
    before = await failures(api, "socket-beat")
    await subscribed(listen, broken, "mission:subscribe", missions[1])
    listener = await subscribed(listen, healthy, "mission:subscribe", missions[0])

    async def counted() -> bool:
        return await failures(api, "socket-beat") > before

    await eventually(counted)
    await api.journal.append(ORG, missions[0], "agent", Started())
    await listener.hear("mission:status", seq=2)


async def test_the_sweep_closes_the_other_sockets(
    api: World,
    listen: Listen,
    healthy: Member,
    broken: Member,
    missions: tuple[UUID, UUID],
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    """If one organization's missions cannot be read, sockets of others are still closed and emptied."""
    original = api.dependencies.missions.store.readable_by

    async def readable_by(org: str, wanted: Any) -> Any:
        if org == BROKEN:
            raise RuntimeError("a bug")
        return await original(org, wanted)

    before = await failures(api, "socket-sweep")
    await subscribed(listen, broken, "mission:subscribe", missions[1])
    listener = await subscribed(listen, healthy, "mission:subscribe", missions[0])
    monkeypatch.setattr(api.dependencies.missions.store, "readable_by", readable_by)

    async def counted() -> bool:
        return await failures(api, "socket-sweep") > before

    async def closed() -> bool:
        return not listener.client.connected

    await eventually(counted)
    await api.people.add(ORG, healthy.person.email, "x", "another hash", frozenset({Role.OPERATOR}))
    await eventually(closed)


async def test_the_other_missions_are_shown(
    api: World,
    listen: Listen,
    healthy: Member,
    broken: Member,
    missions: tuple[UUID, UUID],
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    """A failed frame or a failed hint for one mission does not end the live view of others."""
    emit, hint = api.dependencies.live.server.emit, api.dependencies.live.audience.hint
    frames = RedisFrames(api.places.redis_urls["browser"])

    async def emits(event: str, content: dict[str, Any], **options: Any) -> None:
        if content.get("missionId") == str(missions[1]):
            raise RuntimeError("a bug")
        await emit(event, content, **options)

    async def hints(org: str, mission_id: str) -> None:
        if org == BROKEN:
            raise RuntimeError("a bug")
        await hint(org, mission_id)

    before = [await failures(api, job) for job in ("live-frames", "live-hints")]
    await subscribed(listen, broken, "mission:watch", missions[1])
    listener = await subscribed(listen, healthy, "mission:watch", missions[0])
    monkeypatch.setattr(api.dependencies.live.server, "emit", emits)
    monkeypatch.setattr(api.dependencies.live.audience, "hint", hints)

    async def show() -> None:
        for org, mission_id in ((BROKEN, missions[1]), (ORG, missions[0])):
            frame = Frame(mission_id=str(mission_id), at=datetime.now(UTC), url="", doing="looking")
            await frames.show(org, frame, JPEG)

    async def counted() -> bool:
        await show()
        after = [await failures(api, job) for job in ("live-frames", "live-hints")]
        return all(later > earlier for later, earlier in zip(after, before, strict=True))

    async def shown() -> bool:
        await show()
        return bool(listener.all("mission:frame"))

    await eventually(counted)
    listener.heard.clear()
    await eventually(shown)
    assert await frames.watched(ORG, str(missions[0]))
    await frames.close()
