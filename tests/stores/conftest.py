"""A mission in the test's own database."""

from collections.abc import AsyncIterator

import pytest
from served_api import Urls
from stories import Story


@pytest.fixture
async def story(urls: Urls) -> AsyncIterator[Story]:
    """An operator, an approver and a mission, with the stores of all processes."""
    made = await Story.begin(urls)
    yield made
    await made.close()
