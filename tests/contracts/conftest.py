from collections.abc import AsyncIterator

import pytest
from postgres_hall import PostgresHall, Urls


@pytest.fixture
async def stored(urls: Urls) -> AsyncIterator[PostgresHall]:
    """PostgreSQL, with each process's credentials."""
    hall = PostgresHall.of(urls)
    yield hall
    await hall.close()
