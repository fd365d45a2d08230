"""A mission in a database of the test's own."""

from collections.abc import AsyncIterator

import pytest
from served_api import Urls
from stories import Story


@pytest.fixture
async def story(urls: Urls) -> AsyncIterator[Story]:
    """An operator, an approver and a mission, with all processes' stores."""
    made = await Story.begin(urls)
    yield made
    await made.close()
