"""One served API for all tests in this folder; each test creates its own people and reads their data only."""

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

    Its heartbeat is one second and its sockets accept many events, so no test waits longer than it must.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.sockets.BEAT_S", 1.0)
        patch.setattr("api.sockets.EVENTS_A_SECOND", 1_000_000)  # tests send faster than people do
        async with copied(servers, template) as urls:
            await asyncio.to_thread(
                migrate, urls.owner, "other"
            )  # a second organization, for data of another organization
            async with world(servers, urls) as made:
                yield made


@pytest.fixture
async def listen(api: World) -> AsyncIterator[Listen]:
    """Connects clients, and disconnects them after the test."""
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
    """The announcer of the missions worker: its Redis user may publish and nothing else."""
    manager = sockets_of(api.places.redis_urls["missions"])
    announcer = SocketAnnouncer(manager)
    yield announcer
    await announcer.close()  # messages in flight must not be left to the garbage collector
    await close_channel(manager)
