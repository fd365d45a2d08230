"""A mission in a test's own database, and a relay to the real Temporal server."""

from collections.abc import AsyncIterator

import pytest
from served_api import CODEC, Urls
from stories import Story
from temporalio.client import Client

from runtime.local.servers import Addresses
from runtime.relay import Relay
from runtime.temporal import connect


@pytest.fixture
async def story(urls: Urls) -> AsyncIterator[Story]:
    """An operator, an approver and a mission, with all processes' stores."""
    made = await Story.begin(urls)
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def temporal(servers: Addresses) -> Client:
    """A client with the same codec as the product's processes."""
    return await connect(servers.temporal_address, "default", CODEC)


@pytest.fixture
def relay(story: Story, temporal: Client) -> Relay:
    """The relay of this mission's outbox."""
    return Relay(story.outbox, story.admission(), temporal)
