"""One served API for all tests here: each makes people of its own, and looks at what is theirs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from served_api import World, copied, world
from socket_client import Listen, SocketClient

from runtime.local.servers import Addresses
from stores.postgres.migrating import migrate
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, sockets_of


@pytest.fixture(scope="session")
async def api(servers: Addresses, template: str) -> AsyncIterator[World]:
    """The real API with the real PostgreSQL, Valkey, S3 and Temporal; no workers run.

    Its pulse is one second, and its sockets take many events: no test waits longer than it must.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.sockets.BEAT_S", 1.0)
        patch.setattr("api.sockets.EVENTS_A_SECOND", 1_000_000)  # tests are in a hurry
        async with copied(servers, template) as urls:
            await asyncio.to_thread(
                migrate, urls.owner, "other"
            )  # a second organization, for what is foreign
            async with world(servers, urls) as made:
                yield made


@pytest.fixture
async def listen(api: World) -> AsyncIterator[Listen]:
    """Connects clients, and disconnects them at the end."""
    async with AsyncExitStack() as until:

        async def connect(token: Any, auth: Any = None) -> SocketClient:
            listener = SocketClient()
            until.push_async_callback(listener.close)
            await listener.client.connect(
                api.url, auth=auth or {"token": token}, transports=["websocket"], wait_timeout=60
            )
            return listener

        yield connect


@pytest.fixture
async def announcer(api: World) -> AsyncIterator[SocketAnnouncer]:
    """As the missions worker has it: it may publish, and nothing else."""
    manager = sockets_of(api.places.redis_urls["missions"])
    announcer = SocketAnnouncer(manager)
    yield announcer
    await announcer.close()  # what it still tells must not be left to the garbage collector
    await close_channel(manager)
