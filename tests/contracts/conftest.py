from collections.abc import AsyncIterator

import pytest
from approval_hall import Hall, MemoryHall
from postgres_hall import PostgresHall, Urls


@pytest.fixture
async def stored(urls: Urls) -> AsyncIterator[PostgresHall]:
    """PostgreSQL, with each process's credentials."""
    hall = PostgresHall.of(urls)
    yield hall
    await hall.close()


@pytest.fixture(params=["memory", "postgres"])
def hall(request: pytest.FixtureRequest) -> Hall:
    # Not an async fixture: it asks for another one.
    made: Hall = MemoryHall() if request.param == "memory" else request.getfixturevalue("stored")
    return made
