"""One served API for all tests here: each makes people of its own, and looks at what is theirs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from served_api import World, copied, world

from runtime.local.servers import Addresses
from stores.postgres.migrating import migrate


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
