"""A served API for the command line's client."""

from collections.abc import AsyncIterator

import pytest
from served_api import World, copied, world

from runtime.local.servers import Addresses


@pytest.fixture(scope="session")
async def api(servers: Addresses, template: str) -> AsyncIterator[World]:
    """The real API; no workers run."""
    async with copied(servers, template) as urls, world(servers, urls) as made:
        yield made
