"""Every implementation of Announcer: in memory, and Socket.IO's channel on Valkey."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import samples as sample
from local_ports import free_port
from memory_announcer import MemoryAnnouncer
from memory_journal import MemoryJournal
from socket_channel import socket_channel

from activities.ports import Announcer, Recorded
from missions.event import Started
from runtime.local.servers import Addresses
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, sockets_of


@dataclass
class Announcing:
    """An announcer, and a function that returns (mission, seq) of the next received events."""

    announcer: Announcer
    announced: Callable[[int], Awaitable[list[tuple[str, int]]]]


@pytest.fixture
async def valkey(servers: Addresses) -> AsyncIterator[Announcing]:
    """Publishes with the missions worker's credentials and reads with the API's."""
    manager = sockets_of(servers.redis_urls["missions"])
    announcer = SocketAnnouncer(manager)
    async with socket_channel(servers.redis_urls["api"]) as channel:

        async def announced(count: int) -> list[tuple[str, int]]:
            contents = await channel.contents("mission:status", count)
            return [(content["missionId"], content["seq"]) for content in contents]

        yield Announcing(announcer, announced)
    await announcer.close()
    await close_channel(manager)


@pytest.fixture
def memory() -> Announcing:
    announcer = MemoryAnnouncer()

    async def announced(count: int) -> list[tuple[str, int]]:
        return [(str(mission.id), event.seq) for event, mission in announcer.announced[:count]]

    return Announcing(announcer, announced)


@pytest.fixture(params=["memory", "valkey"])
def announcing(request: pytest.FixtureRequest) -> Announcing:
    # Not an async fixture: it requests another fixture by name.
    made: Announcing = request.getfixturevalue(request.param)
    return made


async def recorded() -> tuple[Recorded, Recorded]:
    """The first two events of a mission."""
    journal, brief = MemoryJournal(), sample.brief()
    created = await journal.create(brief)
    return created, await journal.append(sample.ORG, brief.mission_id, "agent", Started())


async def test_watchers_learn_of_each_event_in_order(announcing: Announcing) -> None:
    """Each event arrives in order with its mission and number."""
    events = await recorded()
    for event in events:
        await announcing.announcer.announce(sample.ORG, event)
    expected = [(str(mission.id), event.seq) for event, mission in events]
    assert await announcing.announced(2) == expected


async def test_an_announcement_to_nobody_does_not_raise() -> None:
    """An unreachable Valkey causes no error, because the event is already committed."""
    manager = sockets_of(f"redis://missions:password@127.0.0.1:{free_port()}/0")
    announcer = SocketAnnouncer(manager)
    for event in await recorded():
        await announcer.announce(sample.ORG, event)
    await announcer.close()
    await close_channel(manager)
