from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import NotFoundError
from missions.person import Person, Role
from stores.postgres.approvals import database_time
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow, SessionRow


@dataclass(frozen=True)
class Account:
    """A person with what signing in needs."""

    person: Person
    password_hash: str
    version: int


class PostgresPeople:
    """People, their roles and their sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_email(self, email: str) -> Account | None:
        """The account with its first organization, or None."""
        async with self._database.transaction() as session:
            row = await session.scalar(select(PersonRow).where(PersonRow.email == email.strip().lower()))
            return None if row is None else await _account(session, row, None)

    async def open_session(self, person: Person, lifetime: timedelta) -> UUID:
        """A session that ends after `lifetime`; its id goes into the access token."""
        async with self._database.transaction() as session:
            now = await database_time(session)
            row = SessionRow(person_id=person.id, org=person.org, expires_at=now + lifetime)
            session.add(row)
            await session.flush()
            return row.id

    async def by_session(self, session_id: UUID, version: int) -> Person:
        """Who a token's session belongs to, with the roles of now. Raises NotFoundError where it ended."""
        async with self._database.transaction() as session:
            row = await session.get(SessionRow, session_id)
            if row is None or row.revoked_at is not None or row.expires_at <= await database_time(session):
                raise NotFoundError("The session has ended.")
            found = await session.get(PersonRow, row.person_id)
            account = None if found is None else await _account(session, found, row.org)
            if account is None or account.version != version:
                raise NotFoundError("The session has ended.")
            return account.person

    async def add_org(self, slug: str, name: str) -> None:
        """Registers an organization; again is the same."""
        async with self._database.transaction() as session:
            await session.execute(insert(OrgRow).values(slug=slug, name=name).on_conflict_do_nothing())

    async def add(self, org: str, email: str, name: str, password_hash: str, roles: frozenset[Role]) -> None:
        """Registers a member; for a known e-mail name, password and roles are set again."""
        values = {"email": email.strip().lower(), "name": name, "password_hash": password_hash}
        async with self._database.transaction() as session:
            person = insert(PersonRow).values(**values)
            person_id = await session.scalar(
                person.on_conflict_do_update(
                    index_elements=["email"],
                    set_={"name": name, "password_hash": password_hash, "version": PersonRow.version + 1},
                ).returning(PersonRow.id)
            )
            member = insert(MembershipRow).values(
                person_id=person_id, org=org, roles=sorted(role.value for role in roles)
            )
            await session.execute(
                member.on_conflict_do_update(
                    index_elements=["person_id", "org"], set_={"roles": member.excluded.roles}
                )
            )


async def _account(session: AsyncSession, row: PersonRow, org: str | None) -> Account | None:
    query = (
        select(MembershipRow).where(MembershipRow.person_id == row.id).order_by(MembershipRow.org).limit(1)
    )
    if org is not None:
        query = query.where(MembershipRow.org == org)
    member = await session.scalar(query)
    if member is None:
        return None
    person = Person(
        id=row.id,
        org=member.org,
        email=row.email,
        name=row.name,
        roles=frozenset(Role(role) for role in member.roles),
        is_service=row.is_service,
    )
    return Account(person, row.password_hash, row.version)
