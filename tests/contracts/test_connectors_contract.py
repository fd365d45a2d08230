"""Every implementation of Connectors: in memory, and PostgreSQL with the missions worker's credentials."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
import samples as sample
from memory_connectors import MemoryConnectors
from postgres_approvals import PostgresApprovals

from activities.ports import Connectors
from missions.connector import Connector
from missions.credentials import Sealed
from missions.health import DashboardHealth, HealthStatus
from missions.permissions import Role
from stores.postgres.organizations.connectors import PostgresConnectors

SEALED = Sealed(key_id="first", box="sealed")
RENEWED = Sealed(key_id="second", box="sealed anew")
Registered = Callable[..., Awaitable[Connectors]]


@pytest.fixture(params=["memory", "postgres"])
def registered(request: pytest.FixtureRequest) -> Registered:
    """Registers dashboards as an administrator does, and returns the port."""
    if request.param == "memory":

        async def in_memory(*connectors: Connector) -> Connectors:
            return MemoryConnectors(*connectors)

        return in_memory
    stored: PostgresApprovals = request.getfixturevalue("stored")

    async def in_postgres(*connectors: Connector) -> Connectors:
        admin, store = await stored.person(Role.ADMIN), PostgresConnectors(stored.api)
        for connector in connectors:
            await store.put(admin, connector, connector.sealed)
        return PostgresConnectors(stored.missions)

    return in_postgres


def dashboard(name: str, sealed: Sealed | None = None) -> Connector:
    return sample.connector().model_copy(update={"name": name, "sealed": sealed})


async def test_all_are_sorted_by_name_with_their_pages(registered: Registered) -> None:
    """The order does not depend on the order of registration."""
    connectors = await registered(dashboard("shop", SEALED), dashboard("bank"))
    bank, shop = await connectors.all(sample.ORG)
    assert (bank.name, shop.name) == ("bank", "shop")
    assert (bank.sealed, shop.sealed) == (None, SEALED)
    assert shop.config == sample.connector().config
    assert [target.id for target in bank.targets()] == ["bank/overview", "bank/payments"]


async def test_health_is_stored(registered: Registered) -> None:
    """The last health is stored for that dashboard only; a deleted dashboard causes no error."""
    connectors = await registered(dashboard("shop"), dashboard("bank"))
    health = DashboardHealth(status=HealthStatus.DOWN, detail="unreachable", at=datetime.now(UTC))
    for name in ("shop", "gone"):
        await connectors.note(sample.ORG, name, health)
    bank, shop = await connectors.all(sample.ORG)
    assert (shop.health, shop.health_status) == (health, HealthStatus.DOWN)
    assert bank.health_status is HealthStatus.UNKNOWN


async def test_credentials_are_replaced_once(registered: Registered) -> None:
    """Credentials are replaced only if they are still the old ones."""
    connectors = await registered(dashboard("shop", SEALED), dashboard("bank", SEALED))
    assert await connectors.reseal(sample.ORG, "shop", SEALED, RENEWED)
    assert not await connectors.reseal(sample.ORG, "shop", SEALED, RENEWED)
    assert not await connectors.reseal(sample.ORG, "gone", SEALED, RENEWED)
    assert [connector.sealed for connector in await connectors.all(sample.ORG)] == [SEALED, RENEWED]
