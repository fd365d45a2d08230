"""Organizations are isolated: each has its schema, with its own role for each kind of process."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import count
from uuid import uuid4

import pytest
from served_api import ORG, Urls
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from stories import Story

from missions.errors import ConflictError, InvalidError, UnavailableError
from missions.permissions import Role
from missions.person import Person
from stores.postgres.accounts.people import PersonStore
from stores.postgres.audit.verification import Chain, verify
from stores.postgres.database import Database, schema_of
from stores.postgres.migrating import blueprint, check
from stores.postgres.organizations.organizations import OrganizationStore

_NUMBERS = count(1)
POOL, REQUESTS = 2, 200


@pytest.fixture
def slug() -> str:
    """A new slug for each test, because roles belong to the whole server."""
    return f"tenant-{next(_NUMBERS)}-{uuid4().hex[:6]}"


@pytest.fixture
async def admin(urls: Urls) -> AsyncIterator[Person]:
    owner = Database(urls.owner)
    people = PersonStore(owner)
    await people.add_org(ORG, ORG)
    await people.add(ORG, "admin@shop.example", "Admin", "hash", frozenset({Role.ADMIN}))
    account = await people.by_email("admin@shop.example")
    assert account is not None
    yield account.person
    await owner.close()


@pytest.fixture
async def api(urls: Urls) -> AsyncIterator[Database]:
    database = Database(urls.api, pool_size=POOL)
    yield database
    await database.close()


async def test_an_organization_is_made_as_migrations_make_it(
    urls: Urls, admin: Person, api: Database, slug: str
) -> None:
    """One transaction of the API's login creates the same tables and version as the migrations."""
    await OrganizationStore(api).found(admin, slug, "Tenant")
    await asyncio.to_thread(check, urls.owner, slug)
    owner = Database(urls.owner)
    versions = set()
    for org in (ORG, slug):
        async with owner.transaction(org) as session:
            versions.add(await session.scalar(text("SELECT version_num FROM alembic_version")))
        assert (await verify(owner, Chain(org))).bad is None
    await owner.close()
    assert len(versions) == 1


async def test_what_fails_half_way_leaves_nothing(
    urls: Urls, admin: Person, api: Database, slug: str
) -> None:
    """If the blueprint's last statement fails, no schema, row or role remains."""
    owner = Database(urls.owner)
    async with owner.transaction() as session:
        await session.execute(
            text("UPDATE shared.org_blueprint SET statements = statements || ';SELECT 1/0'")
        )
    with pytest.raises(InvalidError):
        await OrganizationStore(api).found(admin, slug, "Tenant")
    async with owner.transaction() as session:
        for query in (
            "SELECT 1 FROM pg_namespace WHERE nspname = :schema",
            "SELECT 1 FROM shared.orgs WHERE slug = :slug",
            "SELECT 1 FROM pg_roles WHERE rolname = :schema || '_api'",
        ):
            values = {"schema": schema_of(slug), "slug": slug}
            bound = {name: value for name, value in values.items() if f":{name}" in query}
            assert await session.scalar(text(query), bound) is None
    await owner.close()


async def test_a_name_is_taken_once(admin: Person, api: Database, slug: str) -> None:
    """The second of two concurrent requests is ConflictError."""
    orgs = OrganizationStore(api)
    results = await asyncio.gather(
        *(orgs.found(admin, slug, "Tenant") for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["ConflictError", "Organization"]
    with pytest.raises(ConflictError):
        await orgs.found(admin, ORG, "Tenant")


@pytest.mark.parametrize("login", ["api", "missions", "actions"])
async def test_az3_another_organization_is_denied(
    urls: Urls, admin: Person, api: Database, slug: str, login: str
) -> None:
    """A transaction of one organization, or of none, cannot read or call anything of another."""
    await OrganizationStore(api).found(admin, slug, "Tenant")
    database = Database(getattr(urls, login), pool_size=1)
    for place in (slug, None):
        for statement in (
            "SELECT * FROM org_demo.missions",
            "SELECT * FROM org_demo.audit_entries",
            "SELECT org_demo.audit_append('a','b','c','d','e','f','g','{}','null','null')",
        ):
            with pytest.raises(ProgrammingError, match="permission denied for schema org_demo"):
                async with database.transaction(place) as session:
                    await session.execute(text(statement))
    with pytest.raises(UnavailableError):
        async with database.transaction("never-founded"):
            pytest.fail("there is no such organization")
    await database.close()


def plans(slug: str, seed: int) -> Iterator[tuple[str, float | None]]:
    """An organization for each request; a third of the requests has a delay until its client disconnects."""
    chance = random.Random(seed)  # noqa: S311  nothing secret
    for _ in range(REQUESTS):
        yield chance.choice((ORG, slug)), chance.uniform(0, 0.2) if chance.random() < 1 / 3 else None


async def test_az3_a_pool_of_two_leaks_nothing(urls: Urls, admin: Person, api: Database, slug: str) -> None:
    """Of 200 requests over two connections, some cancelled, each has its own schema and role."""
    await OrganizationStore(api).found(admin, slug, "Tenant")
    small = Database(urls.api, pool_size=1)  # and one of overflow
    seen: list[tuple[str, str, str]] = []

    async def request(org: str, disconnect_after: float | None) -> None:
        task = asyncio.ensure_future(ask(org))
        if disconnect_after is not None:
            await asyncio.wait({task}, timeout=disconnect_after)
            task.cancel()
        with suppress(asyncio.CancelledError, UnavailableError):
            await task

    async def ask(org: str) -> None:
        for attempt in range(20):
            try:
                async with small.transaction(org) as session:
                    query = text("SELECT current_schema(), current_user, (SELECT pg_sleep(0.002))::text")
                    schema, role, _ = (await session.execute(query)).one()
                    seen.append((org, schema, role))
                    return
            except UnavailableError:  # the pool is busy: retried, as a client does
                if attempt == 19:
                    raise

    await asyncio.gather(*(request(org, disconnect_after) for org, disconnect_after in plans(slug, seed=7)))
    assert len(seen) > REQUESTS / 2
    for org, schema, role in seen:
        assert (schema, role) == (schema_of(org), f"{schema_of(org)}_api")
    with pytest.raises(UnavailableError):
        async with small.transaction() as session:
            await session.execute(text("SELECT * FROM missions"))
    await small.close()


async def test_az3_the_outbox_is_stamped_by_the_database(story: Story, urls: Urls, slug: str) -> None:
    """A role's outbox rows get its own organization, and it cannot read or delete other rows."""
    owner = Database(urls.owner)
    people = PersonStore(owner)
    await people.add(ORG, "admin@shop.example", "Admin", "hash", frozenset({Role.ADMIN}))
    account = await people.by_email("admin@shop.example")
    assert account is not None
    api = Database(urls.api)
    await OrganizationStore(api).found(account.person, slug, "Tenant")
    async with api.transaction(slug) as session:
        await session.execute(
            text(
                "INSERT INTO shared.outbox (org, kind, mission_id, body) VALUES ('demo', 'x', uuidv7(), '{}')"
            )
        )
        orgs = set(await session.scalars(text("SELECT org FROM shared.outbox")))
        deleted = await session.execute(text("DELETE FROM shared.outbox WHERE org = 'demo' RETURNING id"))
        assert deleted.all() == []
    assert orgs == {slug}
    assert await story.run("SELECT count(*) FROM shared.outbox WHERE org = 'demo'") != [(0,)]
    await api.close()
    await owner.close()


def test_the_blueprint_names_no_organization() -> None:
    """The blueprint works for any schema."""
    assert "org_demo" not in blueprint()
    assert "CREATE TABLE missions" in blueprint()
