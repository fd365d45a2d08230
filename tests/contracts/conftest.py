from collections.abc import AsyncIterator

import pytest
from approval_stores import ApprovalStores, MemoryApprovals
from postgres_approvals import PostgresApprovals, Urls


@pytest.fixture
async def stored(urls: Urls) -> AsyncIterator[PostgresApprovals]:
    """PostgreSQL with the credentials of each process."""
    approvals = PostgresApprovals.of(urls)
    yield approvals
    await approvals.close()


@pytest.fixture(params=["memory", "postgres"])
def approvals(request: pytest.FixtureRequest) -> ApprovalStores:
    # Not an async fixture: it requests another fixture by name.
    made: ApprovalStores = (
        MemoryApprovals() if request.param == "memory" else request.getfixturevalue("stored")
    )
    return made
