"""The live view: frames of a mission's browser for people who may read the mission."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis.asyncio
import socketio
from loopback import dead_port
from served_api import ORG, World

from missions.frame import FRAME_BYTES, Frame
from missions.permissions import Role
from stores.frames import RedisFrames

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
JPEG = b"\xff\xd8\xff" + bytes(range(256))


class Screen:
    """One connected client, and the frames that it received."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.frames: list[tuple[dict[str, Any], bytes]] = []
        self.client.on("mission:frame", self._frame)

    async def _frame(self, content: dict[str, Any]) -> None:
        jpeg = content.pop("jpeg")
        self.frames.append((content, jpeg))

    async def call(self, name: str, content: Any) -> Any:
        return await self.client.call(name, content, timeout=10)


@pytest.fixture
async def screen(api: World) -> AsyncIterator[Callable[[str], Awaitable[Screen]]]:
    opened: list[Screen] = []

    async def connect(token: str) -> Screen:
        made = Screen()
        opened.append(made)
        await made.client.connect(api.url, auth={"token": token}, transports=["websocket"])
        return made

    yield connect
    for client in opened:
        await client.client.disconnect()


@pytest.fixture
async def worker(api: World) -> AsyncIterator[RedisFrames]:
    """The browser worker's side, with its own user."""
    frames = RedisFrames(api.places.redis_urls["browser"])
    yield frames
    await frames.close()


def frame(mission_id: UUID, doing: str = "opening Shop") -> Frame:
    return Frame(mission_id=str(mission_id), at=datetime.now(UTC), url="http://shop.example/", doing=doing)


async def showing(worker: RedisFrames, screen: Screen, mission_id: UUID, eventually: Eventually) -> None:
    """Sends frames until the screen has one, because the API subscribes shortly after the watch request."""

    async def shown() -> bool:
        await worker.show(ORG, frame(mission_id), JPEG)
        return bool(screen.frames)

    await eventually(shown)


async def test_who_may_read_a_mission_sees_its_browser(
    api: World, screen: Any, worker: RedisFrames, eventually: Eventually
) -> None:
    """Only clients that watch get frames with their metadata, and the worker knows whether one watches."""
    ada = await api.member(Role.OPERATOR)
    mission_id = await api.mission(ada)
    watching, other = await screen(ada.token), await screen(ada.token)
    assert not await worker.watched(ORG, str(mission_id))
    assert await watching.call("mission:watch", str(mission_id)) == {"ok": True}
    assert await worker.watched(ORG, str(mission_id))
    await showing(worker, watching, mission_id, eventually)
    content, jpeg = watching.frames[0]
    assert jpeg == JPEG
    assert (content["missionId"], content["url"], content["doing"]) == (
        str(mission_id),
        "http://shop.example/",
        "opening Shop",
    )
    assert set(content) == {"missionId", "at", "url", "doing", "target"}
    assert other.frames == []
    assert await watching.call("mission:unwatch", str(mission_id)) == {"ok": True}
    seen = len(watching.frames)
    await worker.show(ORG, frame(mission_id), JPEG)
    await asyncio.sleep(0)
    await watching.call("mission:unwatch", str(mission_id))  # frames in flight have arrived
    assert len(watching.frames) == seen


async def test_nobody_else_does(api: World, screen: Any, worker: RedisFrames) -> None:
    """A foreign mission, another organization's, an unknown one and invalid input get the same error."""
    ada, eve = await api.member(Role.OPERATOR), await api.member(Role.OPERATOR)
    mallory = await api.member(Role.ADMIN, org="other")
    mission_id = await api.mission(ada)
    for person in (eve, mallory):
        their = await screen(person.token)
        for content in (str(mission_id), str(uuid4()), "*", None, {"room": "watching:demo"}, ["a"]):
            assert await their.call("mission:watch", content) == {"error": "Unknown mission."}
    assert not await worker.watched(ORG, str(mission_id))


async def test_a_client_watches_few_missions_at_once(api: World, screen: Any) -> None:
    """A client watches four missions at most; it must unwatch one before the next."""
    ada = await api.member(Role.OPERATOR)
    missions = [await api.mission(ada) for _ in range(5)]
    first = await screen(ada.token)
    for mission_id in missions[:4]:
        assert await first.call("mission:watch", str(mission_id)) == {"ok": True}
    assert "error" in await first.call("mission:watch", str(missions[4]))
    await first.call("mission:unwatch", str(missions[0]))
    assert await first.call("mission:watch", str(missions[4])) == {"ok": True}


async def test_only_frames_of_their_mission_are_shown(
    api: World, screen: Any, worker: RedisFrames, eventually: Eventually
) -> None:
    """Invalid frames and frames of other missions are dropped, and at most five a second are sent."""
    ada = await api.member(Role.OPERATOR)
    mission_id = await api.mission(ada)
    first = await screen(ada.token)
    await first.call("mission:watch", str(mission_id))
    await showing(worker, first, mission_id, eventually)
    first.frames.clear()
    head = frame(mission_id, "bad").model_dump_json(by_alias=True).encode()
    channel = f"frames:{ORG}:{mission_id}"
    async with redis.asyncio.Redis.from_url(api.places.redis_urls["browser"]) as raw:
        for message in (
            head + b"\n" + JPEG + bytes(FRAME_BYTES),
            head + b"\n<svg onload=alert(1)>",
            b"{}\n" + JPEG,
            b"\xff\xff" + JPEG,
            b"x" * 5000 + b"\n" + JPEG,
            frame(uuid4(), "bad").model_dump_json(by_alias=True).encode() + b"\n" + JPEG,
        ):
            await raw.publish(channel, message)
        for other in ("frames:", "frames:x", f"frames:{ORG}:{mission_id}:x", "frames:\xff:1"):
            await raw.publish(other, head + b"\n" + JPEG)
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < 1.0:
        await worker.show(ORG, frame(mission_id, "good"), JPEG)
        await asyncio.sleep(0.01)  # a worker that sends far too many

    async def shown() -> bool:
        return bool(first.frames)

    await eventually(shown)
    assert {content["doing"] for content, _ in first.frames} == {"good"}
    assert len(first.frames) <= (loop.time() - began) / 0.19 + 1


async def test_who_loses_the_right_is_sent_away(
    api: World, screen: Any, worker: RedisFrames, eventually: Eventually
) -> None:
    """After an auditor's demotion the sweep empties the room, and the worker's hint expires."""
    ada, auditor = await api.member(Role.OPERATOR), await api.member(Role.AUDITOR)
    mission_id = await api.mission(ada)
    first = await screen(auditor.token)
    assert await first.call("mission:watch", str(mission_id)) == {"ok": True}
    await api.set_roles(auditor, Role.OPERATOR)

    async def forgotten() -> bool:
        return not await worker.watched(ORG, str(mission_id))

    await eventually(forgotten)


async def test_the_worker_does_not_wait_for_redis() -> None:
    """Without Redis `watched` is False and `show` drops the frame, both without an error."""
    frames = RedisFrames(f"redis://127.0.0.1:{dead_port()}")
    assert not await frames.watched(ORG, "1")
    await frames.show(ORG, frame(uuid4()), JPEG)
    await frames.close()
