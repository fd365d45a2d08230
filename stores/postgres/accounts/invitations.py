from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, NotFoundError, UnauthenticatedError
from missions.frozen_model import FrozenModel
from missions.person import Person, Role
from stores.postgres.accounts.people import canonical
from stores.postgres.accounts.tables import InvitationRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow
from stores.secrets import digest, new_secret

LIFETIME = timedelta(hours=48)
MOST = 200
_OPEN = InvitationRow.used_at.is_(None), InvitationRow.expires_at > func.clock_timestamp()
_OVER = "This link was used, is too old, or never was one."


@dataclass(frozen=True)
class Invited:
    """Whom a link invites. `password_hash` is what they must prove; None: the link's holder sets one."""

    email: str
    password_hash: str | None


class OpenInvitation(FrozenModel):
    """Somebody who was asked to join and may still; `services` limits what they will approve for."""

    id: UUID
    email: str
    roles: tuple[Role, ...]
    services: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime


class InvitationStore:
    """How people come into an organization by their own hand, from another one too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(
        self, admin: Person, email: str, roles: frozenset[Role], services: frozenset[str] | None
    ) -> str:
        """The token of a link that works once; an older one for this address is void."""
        address, token = canonical(email), new_secret()
        async with self._database.transaction(admin.org) as session:
            now = await database_time(session)
            open_ones = InvitationRow.org == admin.org, InvitationRow.email == address
            await session.execute(
                update(InvitationRow)
                .where(*open_ones, InvitationRow.used_at.is_(None))
                .values(expires_at=now)
            )
            session.add(
                InvitationRow(
                    digest=digest(token),
                    org=admin.org,
                    email=address,
                    roles=sorted(role.value for role in roles),
                    services=None if services is None else sorted(services),
                    expires_at=now + LIFETIME,
                )
            )
            told = {"email": address, "roles": sorted(roles)}
            await audit(session, admin.email, "user.invited", f"org/{admin.org}", told)
            return token

    async def open_ones(self, org: str) -> list[OpenInvitation]:
        """The organization's links that still work, newest first, at most 200."""
        query = select(InvitationRow).where(InvitationRow.org == org, *_OPEN)
        async with self._database.transaction() as session:
            rows = await session.scalars(query.order_by(InvitationRow.created_at.desc()).limit(MOST))
            return [OpenInvitation.model_validate(row, from_attributes=True) for row in rows]

    async def revoke(self, admin: Person, which: UUID) -> None:
        """Its link works no more. Raises NotFoundError for what is not open."""
        end = update(InvitationRow).where(InvitationRow.id == which, InvitationRow.org == admin.org, *_OPEN)
        async with self._database.transaction(admin.org) as session:
            ended = end.values(expires_at=func.clock_timestamp()).returning(InvitationRow.email)
            email = await session.scalar(ended)
            if email is None:
                raise NotFoundError("Unknown invitation.")
            await audit(session, admin.email, "invitation.revoked", f"org/{admin.org}", {"email": email})

    async def look(self, token: str) -> Invited:
        """Whom it invites. Raises UnauthenticatedError, and ConflictError for who cannot join yet."""
        async with self._database.transaction() as session:
            row = await session.scalar(select(InvitationRow).where(*_good(token)))
            if row is None:
                raise UnauthenticatedError(_OVER)
            return await _standing(session, row.email)

    async def accept(self, token: str, invited: Invited, name: str, password_hash: str | None) -> None:
        """Makes them a member; `password_hash` is set for who proved no password of before.

        Raises UnauthenticatedError, and ConflictError for who is a member already.
        """
        async with self._database.transaction() as session:
            org = await session.scalar(select(InvitationRow.org).where(InvitationRow.digest == digest(token)))
        async with self._database.transaction(org) as session:
            take = update(InvitationRow).where(*_good(token)).values(used_at=func.clock_timestamp())
            row = await session.scalar(take.returning(InvitationRow))
            if row is None or await _standing(session, row.email) != invited:  # it changed meanwhile
                raise UnauthenticatedError(_OVER)
            person = await _person(session, row.email, name, password_hash)
            member = insert(MembershipRow).values(
                person_id=person, org=row.org, roles=row.roles, services=row.services
            )
            made = await session.execute(member.on_conflict_do_nothing().returning(MembershipRow.person_id))
            if made.first() is None:
                raise ConflictError("You belong to this organization already.")
            told = {"roles": row.roles, "services": row.services}
            await audit(session, row.email, "user.joined", f"user/{person}", after=told)


def _good(token: str) -> tuple[ColumnElement[bool], ...]:
    return (InvitationRow.digest == digest(token), *_OPEN)


async def _standing(session: AsyncSession, email: str) -> Invited:
    """Who only registered proved nothing, and the link's holder sets the password; a member's is proved.

    A member without one is of another organization, whose link sets it: ours must not.
    """
    person = await session.scalar(select(PersonRow).where(PersonRow.email == email))
    if person is None:
        return Invited(email, None)
    if person.is_service:
        raise ConflictError("This is the address of a program.")
    member = select(MembershipRow.org).where(MembershipRow.person_id == person.id).limit(1)
    if await session.scalar(member) is None:
        return Invited(email, None)
    if person.password_hash is None:
        raise ConflictError("Set your password with your own organization's link first.")
    return Invited(email, person.password_hash)


async def _person(session: AsyncSession, email: str, name: str, password_hash: str | None) -> UUID:
    if password_hash is None:
        return (await session.scalars(select(PersonRow.id).where(PersonRow.email == email))).one()
    values = {"name": name, "password_hash": password_hash}
    row = insert(PersonRow).values(email=email, **values)
    again = {**values, "version": PersonRow.version + 1}
    row = row.on_conflict_do_update(index_elements=["email"], set_=again)
    return (await session.scalars(row.returning(PersonRow.id))).one()
