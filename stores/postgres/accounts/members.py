from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, InvalidError, NotFoundError
from missions.frozen_model import FrozenModel
from missions.permissions import PEOPLE_ROLES, Role
from missions.person import Person
from stores.postgres.accounts.links import Purpose, issue
from stores.postgres.accounts.memberships import active_memberships, belongs_only_to
from stores.postgres.accounts.resets import fresh_person
from stores.postgres.accounts.session_ends import close_sessions, end_sessions
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow


class Member(FrozenModel):
    """A member as administrators see them. `services` None means every service."""

    id: UUID
    email: str
    name: str
    roles: tuple[Role, ...]
    services: tuple[str, ...] | None
    groups: tuple[str, ...]
    is_service: bool
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class MemberChange:
    """A change by an administrator; None keeps a value. `services` counts only if `scoped`."""

    roles: frozenset[Role] | None = None
    services: frozenset[str] | None = None
    scoped: bool = False
    groups: frozenset[str] | None = None
    disabled: bool | None = None


class MemberStore:
    """An organization's members, for its administrators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, org: str, words: str | None, after: UUID | None, limit: int) -> list[Member]:
        """At most `limit` members after `after`, oldest first; `words` matches names and addresses."""
        query = _members(org).order_by(PersonRow.id).limit(limit)
        if after is not None:
            query = query.where(PersonRow.id > after)
        if words is not None:
            query = query.where(
                or_(
                    PersonRow.email.icontains(words, autoescape=True),
                    PersonRow.name.icontains(words, autoescape=True),
                )
            )
        async with self._database.transaction() as session:
            return [_member(row) for row in (await session.execute(query)).all()]

    async def get(self, org: str, person: UUID) -> Member:
        """One member. Raises NotFoundError, also for people of other organizations."""
        async with self._database.transaction() as session:
            return _member(await _row(session, org, person))

    async def add(
        self, admin: Person, email: str, name: str, roles: frozenset[Role], services: frozenset[str] | None
    ) -> tuple[Member, str]:
        """Adds a member; returns it with the token of a link that sets the password.

        Raises ConflictError for a person with a membership, who must be invited instead. A person who belongs
        nowhere starts from nothing.
        """
        async with self._database.transaction(admin.org) as session:
            person_id = await fresh_person(session, email, name, password_hash=None)
            session.add(
                MembershipRow(
                    person_id=person_id,
                    org=admin.org,
                    roles=sorted(role.value for role in roles),
                    services=None if services is None else sorted(services),
                )
            )
            token = await issue(session, Purpose.PASSWORD, admin.org, person_id, issued_by=admin.id)
            member = _member(await _row(session, admin.org, person_id))
            await audit(session, admin.email, "user.added", f"user/{person_id}", _audited(member))
            return member, token

    async def change(self, admin: Person, person: UUID, requested: MemberChange) -> Member:
        """Changes a member. Their access tokens and sockets in this organization end at once.

        Disabling ends their sessions in it as well. Their other organizations are not affected.
        Raises NotFoundError, and ConflictError if the organization would lose its last administrator.
        """
        async with self._database.transaction(admin.org) as session:
            # Locks all members, so that two administrators who demote each other run one after the other.
            everyone = (
                select(MembershipRow).where(MembershipRow.org == admin.org).order_by(MembershipRow.person_id)
            )
            rows = {row.person_id: row for row in await session.scalars(everyone.with_for_update())}
            if person not in rows:
                raise NotFoundError("Unknown user.")
            before = _audited(_member(await _row(session, admin.org, person)))
            row = rows[person]
            if requested.roles is not None:
                account = await session.get(PersonRow, person)
                if account is not None and account.is_service and requested.roles & PEOPLE_ROLES:
                    raise InvalidError("roles: a service account neither decides nor administers.")
                row.roles = sorted(role.value for role in requested.roles)
            if requested.scoped:
                row.services = None if requested.services is None else sorted(requested.services)
            if requested.groups is not None:
                row.groups = sorted(requested.groups)
            if requested.disabled is not None:
                row.disabled_at = func.clock_timestamp() if requested.disabled else None
            row.version += 1
            await session.flush()
            await session.refresh(row)
            if not await _has_administrator(session, admin.org):
                raise ConflictError("The organization would lose its last administrator.")
            member = _member(await _row(session, admin.org, person))
            detail: dict[str, object] = {"before": before, "after": _audited(member)}
            if requested.disabled:
                ended = await close_sessions(session, _person(admin.org, member), org=admin.org)
                detail["sessionsEnded"] = ended
            await audit(session, admin.email, "user.changed", f"user/{person}", detail)
            return member

    async def link(self, admin: Person, person: UUID) -> str:
        """Returns the token of a link with which a member sets a new password; audited.

        Raises NotFoundError, and ConflictError for a member who also belongs to another organization.
        """
        async with self._database.transaction(admin.org) as session:
            member = _member(await _row(session, admin.org, person))
            if member.is_service or not await belongs_only_to(session, person, admin.org):
                raise ConflictError("This person also belongs to another organization.")
            await audit(session, admin.email, "password.link", f"user/{person}", {})
            return await issue(session, Purpose.PASSWORD, admin.org, person, issued_by=admin.id)

    async def sign_out(self, admin: Person, person: UUID) -> None:
        """Ends a member's sessions in the administrator's organization. Raises NotFoundError."""
        async with self._database.transaction(admin.org) as session:
            member = _member(await _row(session, admin.org, person))
            await end_sessions(session, _person(admin.org, member), admin.email, org=admin.org)


async def _has_administrator(session: AsyncSession, org: str) -> bool:
    """Whether a person still administers it: a service account never does, whatever its stored roles."""
    people = active_memberships().where(MembershipRow.org == org, PersonRow.is_service.is_(False))
    admins = people.where(MembershipRow.roles.contains([Role.ADMIN.value])).limit(1)
    return (await session.execute(admins)).first() is not None


def _members(org: str) -> Select[PersonRow, MembershipRow]:
    joined = select(PersonRow, MembershipRow).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    return joined.where(MembershipRow.org == org)


async def _row(session: AsyncSession, org: str, person: UUID) -> Row[PersonRow, MembershipRow]:
    row = (await session.execute(_members(org).where(PersonRow.id == person))).first()
    if row is None:
        raise NotFoundError("Unknown user.")
    return row


def _member(row: Row[PersonRow, MembershipRow]) -> Member:
    person, member = row
    return Member(
        id=person.id,
        email=person.email,
        name=person.name,
        roles=tuple(Role(role) for role in member.roles),
        services=None if member.services is None else tuple(member.services),
        groups=tuple(member.groups),
        is_service=person.is_service,
        created_at=person.created_at,
        disabled_at=member.disabled_at,
    )


def _person(org: str, member: Member) -> Person:
    return Person(id=member.id, org=org, email=member.email, name=member.name, roles=frozenset(member.roles))


def _audited(member: Member) -> dict[str, object]:
    return member.model_dump(
        mode="json", by_alias=True, include={"email", "roles", "services", "groups", "disabled_at"}
    )
