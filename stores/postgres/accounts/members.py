from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, InvalidError, NotFoundError
from missions.frozen_model import FrozenModel
from missions.person import Person, Role
from stores.postgres.accounts.links import Purpose, issue
from stores.postgres.accounts.people import canonical
from stores.postgres.accounts.sessions import end_sessions
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow

_PEOPLE_ONLY = frozenset({Role.APPROVER, Role.ADMIN})


class Member(FrozenModel):
    """Somebody of the organization, as its administrators see them; `services` null: every service."""

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
    """What an administrator changes; None leaves it. `services` is a change only where `scoped`."""

    roles: frozenset[Role] | None = None
    services: frozenset[str] | None = None
    scoped: bool = False
    groups: frozenset[str] | None = None
    disabled: bool | None = None


class MemberStore:
    """An organization's people, as its administrators see and change them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, org: str, words: str | None, after: UUID | None, limit: int) -> list[Member]:
        """At most `limit`, oldest first, behind `after`; `words` is part of a name or an address."""
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
        """Raises NotFoundError, also for somebody of another organization."""
        async with self._database.transaction() as session:
            return _member(await _found(session, org, person))

    async def add(
        self, admin: Person, email: str, name: str, roles: frozenset[Role], services: frozenset[str] | None
    ) -> tuple[Member, str]:
        """A new member, and the token of the link with which they set their password.

        Raises ConflictError for somebody who belongs to an organization: they are invited instead. Who only
        registered proved nothing, and sets the password anew.
        """
        async with self._database.transaction(admin.org) as session:
            fresh = insert(PersonRow).values(email=canonical(email), name=name)
            again = {"name": name, "password_hash": None, "version": PersonRow.version + 1}
            row = fresh.on_conflict_do_update(index_elements=["email"], set_=again)
            person_id = (await session.execute(row.returning(PersonRow.id))).scalar_one()
            known = select(MembershipRow.org).where(MembershipRow.person_id == person_id)
            if (await session.scalars(known)).first() is not None:  # what was changed above is rolled back
                raise ConflictError("Somebody signs in with this address already: invite them.")
            session.add(
                MembershipRow(
                    person_id=person_id,
                    org=admin.org,
                    roles=sorted(role.value for role in roles),
                    services=None if services is None else sorted(services),
                )
            )
            token = await issue(session, Purpose.PASSWORD, admin.org, person_id)
            member = _member(await _found(session, admin.org, person_id))
            await audit(session, admin.email, "user.added", f"user/{person_id}", _told(member))
            return member, token

    async def change(self, admin: Person, person: UUID, wanted: MemberChange) -> Member:
        """Counts at once: access tokens and sockets of before are over; disabled, sessions are too.

        Raises NotFoundError, and ConflictError where nobody would administer any more.
        """
        async with self._database.transaction(admin.org) as session:
            # Two administrators who demote each other wait for each other here.
            everyone = (
                select(MembershipRow).where(MembershipRow.org == admin.org).order_by(MembershipRow.person_id)
            )
            rows = {row.person_id: row for row in await session.scalars(everyone.with_for_update())}
            if person not in rows:
                raise NotFoundError("Unknown user.")
            before = _told(_member(await _found(session, admin.org, person)))
            row = rows[person]
            if wanted.roles is not None:
                who = await session.get(PersonRow, person)
                if who is not None and who.is_service and wanted.roles & _PEOPLE_ONLY:
                    raise InvalidError("roles: a service account neither decides nor administers.")
                row.roles = sorted(role.value for role in wanted.roles)
            if wanted.scoped:
                row.services = None if wanted.services is None else sorted(wanted.services)
            if wanted.groups is not None:
                row.groups = sorted(wanted.groups)
            if wanted.disabled is not None:
                row.disabled_at = func.clock_timestamp() if wanted.disabled else None
            await session.flush()
            await session.refresh(row)
            if not any(Role.ADMIN in one.roles and one.disabled_at is None for one in rows.values()):
                raise ConflictError("Nobody would administer this organization any more.")
            await session.execute(
                update(PersonRow).where(PersonRow.id == person).values(version=PersonRow.version + 1)
            )
            member = _member(await _found(session, admin.org, person))
            after = _told(member)
            await audit(
                session, admin.email, "user.changed", f"user/{person}", {"before": before, "after": after}
            )
            return member

    async def link(self, admin: Person, person: UUID) -> str:
        """The token of a link with which a member sets a new password; audited.

        Raises NotFoundError; ConflictError for somebody of other organizations too, who is not theirs alone.
        """
        async with self._database.transaction(admin.org) as session:
            member = _member(await _found(session, admin.org, person))
            elsewhere = select(MembershipRow.org).where(
                MembershipRow.person_id == person, MembershipRow.org != admin.org
            )
            if member.is_service or (await session.scalars(elsewhere)).first() is not None:
                raise ConflictError("Their password is not this organization's alone to set.")
            await audit(session, admin.email, "password.link", f"user/{person}", {})
            return await issue(session, Purpose.PASSWORD, admin.org, person)

    async def sign_out(self, admin: Person, person: UUID) -> None:
        """Ends all sessions of a member. Raises NotFoundError."""
        async with self._database.transaction(admin.org) as session:
            member = _member(await _found(session, admin.org, person))
            whom = Person(
                id=person, org=admin.org, email=member.email, name=member.name, roles=frozenset(member.roles)
            )
            await end_sessions(session, whom, admin.email)


def _members(org: str) -> Select[PersonRow, MembershipRow]:
    joined = select(PersonRow, MembershipRow).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    return joined.where(MembershipRow.org == org)


async def _found(session: AsyncSession, org: str, person: UUID) -> Row[PersonRow, MembershipRow]:
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


def _told(member: Member) -> dict[str, object]:
    return member.model_dump(
        mode="json", by_alias=True, include={"email", "roles", "services", "groups", "disabled_at"}
    )
