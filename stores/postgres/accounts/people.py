from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import NotFoundError
from missions.frozen_model import FrozenModel
from missions.organization import OrgStatus
from missions.person import Person, Role
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow, SessionRow


@dataclass(frozen=True)
class Account:
    """A person with what signing in needs; no hash where no password was set yet."""

    person: Person
    password_hash: str | None
    version: int


class OwnOrganization(FrozenModel):
    """An organization that somebody belongs to, and what they are there."""

    slug: str
    name: str
    roles: tuple[Role, ...]


def canonical(email: str) -> str:
    """The one spelling of an address that is kept and looked for."""
    return email.strip().lower()


class PersonStore:
    """Who people are, and the sessions that say so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_email(self, email: str, org: str | None = None) -> Account | None:
        """The account in this organization, or in the first that it is not disabled in; or None."""
        query = _members().where(PersonRow.email == canonical(email), PersonRow.is_service.is_(False))
        if org is not None:
            query = query.where(MembershipRow.org == org)
        async with self._database.transaction() as session:
            row = (await session.execute(query.order_by(MembershipRow.org).limit(1))).first()
            return None if row is None else _account(row)

    async def by_person(self, person: UUID, org: str | None) -> Account:
        """The account in this organization, or in the first that lets it in. Raises NotFoundError."""
        query = _members().where(PersonRow.id == person).order_by(MembershipRow.org).limit(1)
        if org is not None:
            query = query.where(MembershipRow.org == org)
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise NotFoundError("Unknown user.")
        return _account(row)

    async def by_id(self, person: UUID, org: str) -> Account:
        """The account in this organization. Raises NotFoundError."""
        async with self._database.transaction() as session:
            return await account_of(session, person, org)

    async def organizations(self, person: UUID) -> list[OwnOrganization]:
        """Those that let the person in, by slug."""
        query = _members().where(PersonRow.id == person).add_columns(OrgRow.slug, OrgRow.name)
        async with self._database.transaction() as session:
            rows = (await session.execute(query.order_by(OrgRow.slug))).all()
        return [OwnOrganization(slug=row.slug, name=row.name, roles=tuple(row[1].roles)) for row in rows]

    async def by_session(self, session_id: UUID, version: int) -> Person:
        """Who a token's session belongs to, with the roles of now. Raises NotFoundError where it ended."""
        query = (
            _members()
            .join(
                SessionRow,
                (SessionRow.person_id == PersonRow.id) & (SessionRow.org == MembershipRow.org),
            )
            .where(
                SessionRow.id == session_id,
                SessionRow.revoked_at.is_(None),
                SessionRow.expires_at > func.clock_timestamp(),
                PersonRow.version == version,
            )
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise NotFoundError("The session has ended.")
        return _account(row).person

    async def add_org(self, slug: str, name: str) -> None:
        """Registers an organization; again is the same."""
        async with self._database.transaction() as session:
            await session.execute(insert(OrgRow).values(slug=slug, name=name).on_conflict_do_nothing())

    async def add(self, org: str, email: str, name: str, password_hash: str, roles: frozenset[Role]) -> None:
        """Registers a member; for a known e-mail name, password and roles are set again."""
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
    query = _members().where(PersonRow.id == person, MembershipRow.org == org)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("Unknown user.")
    return _account(row)


def _members() -> Select[PersonRow, MembershipRow]:
    joined = select(PersonRow, MembershipRow).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    # A suspended organization lets nobody in: not by a password, and not by a session of before.
    joined = joined.join(
        OrgRow, (OrgRow.slug == MembershipRow.org) & (OrgRow.status == OrgStatus.ACTIVE.value)
    )
    return joined.where(MembershipRow.disabled_at.is_(None))


def _account(row: Row[PersonRow, MembershipRow]) -> Account:
    found, member = row
    person = Person(
        id=found.id,
        org=member.org,
        email=found.email,
        name=found.name,
        roles=frozenset(Role(role) for role in member.roles),
        is_service=found.is_service,
        services=None if member.services is None else frozenset(member.services),
        groups=frozenset(member.groups),
    )
    return Account(person, found.password_hash, found.version)
