"""Announcing returns at once and closing does not hang, whatever the state of Redis."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import samples as sample
import socketio
from memory_journal import MemoryJournal
from silent_server import silent_server
from structlog.testing import capture_logs

from activities.ports import Recorded
from missions.event import Started
from stores.socketio_internals import close_channel
from stores.sockets import WAITING, SocketAnnouncer, sockets_of


@pytest.fixture
async def silent() -> AsyncIterator[socketio.AsyncRedisManager]:
    """Socket.IO's channel on a Redis that accepts connections and never answers."""
    async with silent_server() as port:
        manager = sockets_of(f"redis://missions:password@127.0.0.1:{port}/0")
        yield manager
        await close_channel(manager)


@pytest.fixture
async def recorded() -> Recorded:
    journal, brief = MemoryJournal(), sample.brief()
    await journal.create(brief)
    return await journal.append(sample.ORG, brief.mission_id, "agent", Started())


class MemoryManager(socketio.AsyncManager):  # type: ignore[misc]  # untyped
    """Stores what is emitted; the first `failing` emissions raise."""

    def __init__(self, failing: int = 0) -> None:
        super().__init__()
        self.failing = failing
        self.emitted: list[tuple[str, str]] = []

    async def emit(self, event: str, _data: Any, *, room: str, **_: Any) -> None:
        if self.failing:
            self.failing -= 1
            raise RuntimeError("It is broken.")
        self.emitted.append((event, room))


async def test_a_silent_redis_holds_up_nobody(silent: socketio.AsyncRedisManager, recorded: Recorded) -> None:
    """A hundred announcements return at once, and closing takes no longer than its limit."""
    announcer = SocketAnnouncer(silent)
    begin = time.monotonic()
    for _ in range(100):
        await announcer.announce(sample.ORG, recorded)
        await asyncio.sleep(0)  # the sender takes the first one and waits with it
    assert time.monotonic() - begin < 1
    begin = time.monotonic()
    await announcer.close()
    assert time.monotonic() - begin < 3


async def test_what_does_not_fit_is_dropped(silent: socketio.AsyncRedisManager) -> None:
    """With a full queue an announcement is dropped and logged, without waiting."""
    announcer = SocketAnnouncer(silent)
    begin = time.monotonic()
    with capture_logs() as logs:
        for number in range(WAITING + 30):
            await announcer.emit(f"told-{number}", {}, "room")
    assert time.monotonic() - begin < 1
    dropped = [line["announcement"] for line in logs if line["event"] == "announcement dropped"]
    assert dropped == [f"told-{number}" for number in range(WAITING, WAITING + 30)]
    await announcer.close()


async def test_an_announcement_that_fails_does_not_stop_the_next(recorded: Recorded) -> None:
    """Announcements stay in order after an error, and queued ones are sent before closing."""
    manager = MemoryManager(failing=1)
    announcer = SocketAnnouncer(manager)
    await announcer.announce(sample.ORG, recorded)
    await announcer.emit("last", {}, "room")
    await announcer.close()
    assert [name for name, _ in manager.emitted] == [
        "mission:step",
        "mission:status",
        "mission:update",
        "last",
    ]
