"""A database with a person to whom everything belongs that lets people in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from served_api import ORG, Urls
from sqlalchemy import text

from missions.organization import OrgStatus
from missions.permissions import Role
from missions.person import Person
from stores.postgres.accounts.people import PersonStore
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore

EMAIL = "person@shop.example"

RESET = {
    "shared.people.id": "password_hash = 'planted'",
    "shared.passkeys.person_id": "true",
    "shared.identities.person_id": "true",
    "shared.totp.person_id": "true",
    "shared.challenges.person_id": "true",
    "shared.one_time_links.person_id": "digest = 'planted' AND expires_at > clock_timestamp()",
    "shared.sessions.person_id": "revoked_at IS NULL",
    "shared.api_keys.person_id": "revoked_at IS NULL",
}
"""The columns with a person's id whose rows let the person in, and when they do."""
PLANT = (
    "INSERT INTO shared.people (id, email, name, password_hash) VALUES (:id, :email, 'P', 'planted')",
    (
        "INSERT INTO shared.passkeys (credential, person_id, name, public_key, sign_count)"
        " VALUES ('planted', :id, 'k', '', 0)"
    ),
    "INSERT INTO shared.identities (issuer, subject, person_id, provider) VALUES ('i', 's', :id, 'p')",
    "INSERT INTO shared.totp (person_id, sealed, confirmed_at) VALUES (:id, 'x', now())",
    (
        "INSERT INTO shared.challenges (digest, purpose, person_id, body, expires_at)"
        " VALUES ('planted', 'oauth', :id, '{}', now() + interval '1 hour')"
    ),
    (
        "INSERT INTO shared.one_time_links (digest, purpose, org, person_id, expires_at)"
        " VALUES ('planted', 'password', 'demo', :id, now() + interval '1 hour')"
    ),
    (
        "INSERT INTO shared.sessions (person_id, org, expires_at)"
        " VALUES (:id, 'demo', now() + interval '1 hour')"
    ),
    (
        "INSERT INTO shared.api_keys (digest, person_id, org, name, roles, expires_at)"
        " VALUES ('planted', :id, 'demo', 'k', '{}', now() + interval '1 hour')"
    ),
)


@dataclass(frozen=True)
class FreshDatabase:
    """The test's own database, as its owner and as the API sees it."""

    owner: Database
    api: Database

    async def plant(self) -> UUID:
        """A person without a membership, with everything that ever let them in."""
        person_id = uuid4()
        async with self.owner.transaction() as session:
            for statement in PLANT:
                await session.execute(text(statement), {"id": person_id, "email": EMAIL})
        return person_id

    async def usable(self, person_id: UUID) -> dict[str, int]:
        """How many rows let the person in, by column."""
        counts = {}
        async with self.owner.transaction() as session:
            for column, condition in RESET.items():
                table, _, name = column.rpartition(".")
                query = text(f"SELECT count(*) FROM {table} WHERE {name} = :id AND {condition}")  # noqa: S608  our own names
                counts[column] = (await session.execute(query, {"id": person_id})).scalar_one()
        return counts

    async def version(self, person_id: UUID) -> int:
        query = text("SELECT version FROM shared.people WHERE id = :id")
        async with self.owner.transaction() as session:
            return int((await session.execute(query, {"id": person_id})).scalar_one())

    async def session(self, person_id: UUID) -> UUID:
        """The id of the planted session."""
        query = text("SELECT id FROM shared.sessions WHERE person_id = :id")
        async with self.owner.transaction() as session:
            return UUID(str((await session.execute(query, {"id": person_id})).scalar_one()))

    async def join(self, person_id: UUID, org: str) -> None:
        """Makes the person a member without any of the product's rules."""
        member = "INSERT INTO shared.memberships (person_id, org, roles) VALUES (:id, :org, '{VIEWER}')"
        async with self.owner.transaction() as session:
            await session.execute(text(member), {"id": person_id, "org": org})

    async def admin(self) -> Person:
        """An administrator of the first organization."""
        people = PersonStore(self.owner)
        await people.add(ORG, "admin@shop.example", "Ada", "hash", frozenset({Role.ADMIN}))
        account = await people.by_email("admin@shop.example")
        assert account is not None
        return account.person

    async def remove(self, admin: Person, slug: str) -> None:
        """Suspends and deletes an organization."""
        organizations = OrganizationStore(self.api)
        await organizations.set_status(admin, slug, OrgStatus.SUSPENDED)
        await organizations.remove(admin, slug)


@pytest.fixture
async def place(urls: Urls) -> AsyncIterator[FreshDatabase]:
    made = FreshDatabase(Database(urls.owner), Database(urls.api))
    await PersonStore(made.owner).add_org(ORG, ORG)
    yield made
    await made.owner.close()
    await made.api.close()


@asynccontextmanager
async def held(place: FreshDatabase, person_id: UUID) -> AsyncIterator[None]:
    """Locks the person's row, so that parallel transactions meet there."""
    lock = text("SELECT 1 FROM shared.people WHERE id = :id FOR UPDATE")
    async with place.owner.transaction() as session:
        await session.execute(lock, {"id": person_id})
        yield


async def waiting(place: FreshDatabase, count: int) -> bool:
    """Whether that many statements of this database wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with place.owner.transaction() as session:
        return int((await session.execute(query)).scalar_one()) == count
