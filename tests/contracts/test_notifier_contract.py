"""Every implementation of Notifier: in memory, and Socket.IO's channel on Valkey."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import samples as sample
from memory_notifier import MemoryNotifier
from socket_channel import socket_channel

from activities.ports import Notifier
from adapters.notifiers.sockets import SocketNotifier
from missions.reminder import Urgency
from runtime.local.servers import Addresses
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, approval_rooms, reminder_rooms, sockets_of


@dataclass
class Notifying:
    """A notifier, and functions that return the next requested approvals and the next reminders."""

    notifier: Notifier
    asked: Callable[[int], Awaitable[list[str]]]
    reminded: Callable[[int], Awaitable[list[Urgency]]]


@pytest.fixture
async def valkey(servers: Addresses) -> AsyncIterator[Notifying]:
    """Publishes with the missions worker's credentials and reads with the API's."""
    manager = sockets_of(servers.redis_urls["missions"])
    announcer = SocketAnnouncer(manager)
    notifier = SocketNotifier(announcer.emit, approval_rooms, reminder_rooms)
    async with socket_channel(servers.redis_urls["api"]) as channel:

        async def asked(count: int) -> list[str]:
            return [content["id"] for content in await channel.contents("approval:request", count)]

        async def reminded(count: int) -> list[Urgency]:
            contents = await channel.contents("notification", count)
            return [Urgency(content["urgency"]) for content in contents]

        yield Notifying(notifier, asked, reminded)
    await announcer.close()
    await close_channel(manager)


@pytest.fixture
def memory() -> Notifying:
    notifier = MemoryNotifier()

    async def asked(count: int) -> list[str]:
        return [str(approval.id) for approval in notifier.asked[:count]]

    async def reminded(count: int) -> list[Urgency]:
        return notifier.reminded[:count]

    return Notifying(notifier, asked, reminded)


@pytest.fixture(params=["memory", "valkey"])
def notifying(request: pytest.FixtureRequest) -> Notifying:
    # Not an async fixture: it requests another fixture by name.
    made: Notifying = request.getfixturevalue(request.param)
    return made


async def test_people_are_asked_for_each_approval(notifying: Notifying) -> None:
    """The request has the approval's id, so a client can open its card."""
    approvals = [sample.approval(), sample.approval()]
    for approval in approvals:
        await notifying.notifier.ask(sample.ORG, approval)
    assert await notifying.asked(2) == [str(approval.id) for approval in approvals]


async def test_reminders_carry_their_urgency(notifying: Notifying) -> None:
    """The reminders of each urgency arrive in order."""
    approval = sample.approval()
    for urgency in Urgency:
        await notifying.notifier.remind(sample.ORG, approval, urgency)
    assert await notifying.reminded(len(Urgency)) == list(Urgency)
