from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import NotFoundError
from missions.frozen_model import FrozenModel
from missions.permissions import PEOPLE_ROLES, Role
from missions.person import Person
from stores.postgres.accounts.memberships import active_memberships
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow, SessionRow

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Account:
    """A person with what signing in needs. `password_hash` is None until a password was set.

    Access tokens are valid for one `version`: a new password changes it in every organization of the person,
    and a change of rights changes it in the organization that made it.
    """

    person: Person
    password_hash: str | None
    version: str


class OwnOrganization(FrozenModel):
    """An organization of a person, with their roles in it."""

    slug: str
    name: str
    roles: tuple[Role, ...]


def canonical(email: str) -> str:
    """The spelling of an address that is stored and compared."""
    return email.strip().lower()


class PersonStore:
    """Reads people with their roles, by address, id or session."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_email(self, email: str, org: str | None = None) -> Account | None:
        """The account in this organization, or in the first where it is enabled; or None."""
        query = active_memberships().where(
            PersonRow.email == canonical(email), PersonRow.is_service.is_(False)
        )
        if org is not None:
            query = query.where(MembershipRow.org == org)
        async with self._database.transaction() as session:
            row = (await session.execute(query.order_by(MembershipRow.org).limit(1))).first()
            return None if row is None else account_from(*row)

    async def by_person(self, person: UUID, org: str | None) -> Account:
        """The account in this organization, or in the first where it is enabled. Raises NotFoundError."""
        query = active_memberships().where(PersonRow.id == person).order_by(MembershipRow.org).limit(1)
        if org is not None:
            query = query.where(MembershipRow.org == org)
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise NotFoundError("Unknown user.")
        return account_from(*row)

    async def by_id(self, person: UUID, org: str) -> Account:
        """The account in this organization. Raises NotFoundError."""
        async with self._database.transaction() as session:
            return await account_of(session, person, org)

    async def organizations(self, person: UUID) -> list[OwnOrganization]:
        """The organizations where the person may sign in, by slug."""
        query = active_memberships().where(PersonRow.id == person).add_columns(OrgRow.slug, OrgRow.name)
        async with self._database.transaction() as session:
            rows = (await session.execute(query.order_by(OrgRow.slug))).all()
        return [OwnOrganization(slug=row.slug, name=row.name, roles=tuple(row[1].roles)) for row in rows]

    async def by_session(self, session_id: UUID, version: str) -> Person:
        """The session's person with their current roles. Raises NotFoundError if it has ended."""
        person = (await self.by_sessions([(session_id, version)])).get((session_id, version))
        if person is None:
            raise NotFoundError("The session has ended.")
        return person

    async def by_sessions(self, keys: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], Person]:
        """The person of each session that is open in this version, in one query."""
        query = (
            active_memberships()
            .join(
                SessionRow,
                (SessionRow.person_id == PersonRow.id) & (SessionRow.org == MembershipRow.org),
            )
            .where(
                SessionRow.id.in_({session_id for session_id, _ in keys}),
                SessionRow.revoked_at.is_(None),
                SessionRow.expires_at > func.clock_timestamp(),
            )
            .add_columns(SessionRow.id)
        )
        async with self._database.transaction() as session:
            rows = (await session.execute(query)).all()
        people: dict[tuple[UUID, str], Person] = {}
        for *row, session_id in rows:
            try:
                account = account_from(*row)
            except ValueError:  # one row must not keep the others from being read
                log.exception("a member cannot be read", session=str(session_id))
            else:
                people[session_id, account.version] = account.person
        return {key: people[key] for key in keys if key in people}

    async def add_org(self, slug: str, name: str) -> None:
        """Adds an organization, if it does not exist."""
        async with self._database.transaction() as session:
            await session.execute(insert(OrgRow).values(slug=slug, name=name).on_conflict_do_nothing())

    async def add(self, org: str, email: str, name: str, password_hash: str, roles: frozenset[Role]) -> None:
        """Adds a member; for a known address it sets name, password and roles again."""
        values = {"email": canonical(email), "name": name, "password_hash": password_hash}
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


async def account_of(session: AsyncSession, person: UUID, org: str) -> Account:
    """The account in this organization, in the caller's transaction. Raises NotFoundError."""
    query = active_memberships().where(PersonRow.id == person, MembershipRow.org == org)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("Unknown user.")
    return account_from(*row)


def account_from(person_row: PersonRow, member: MembershipRow) -> Account:
    """The account of a row of `active_memberships`. A service account has no role that is for people."""
    roles = frozenset(Role(role) for role in member.roles)
    person = Person(
        id=person_row.id,
        org=member.org,
        email=person_row.email,
        name=person_row.name,
        roles=roles - PEOPLE_ROLES if person_row.is_service else roles,
        is_service=person_row.is_service,
        services=None if member.services is None else frozenset(member.services),
        groups=frozenset(member.groups),
    )
    return Account(person, person_row.password_hash, f"{person_row.version}.{member.version}")
