from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, ForbiddenError, InvalidCredentialsError, NotFoundError
from missions.frozen_model import FrozenModel
from missions.permissions import Permission, Role
from missions.person import Person
from stores.postgres.accounts.issuers import INVALID_LINK, current_issuer, require_issuer
from stores.postgres.accounts.memberships import lock_memberships
from stores.postgres.accounts.people import canonical
from stores.postgres.accounts.resets import fresh_person, remove_factors
from stores.postgres.accounts.tables import InvitationRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow
from stores.secrets import digest, new_secret

LIFETIME = timedelta(hours=48)
MAX_LISTED = 200
_OPEN = InvitationRow.used_at.is_(None), InvitationRow.expires_at > func.clock_timestamp()


@dataclass(frozen=True)
class Invited:
    """The person that a link invites. `password_hash` is to be verified; None: a new password is set."""

    email: str
    password_hash: str | None


class OpenInvitation(FrozenModel):
    """An invitation that can still be accepted; `services` limits what the person will approve for."""

    id: UUID
    email: str
    roles: tuple[Role, ...]
    services: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime


class InvitationStore:
    """Invitations, also for people of other organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(
        self, admin: Person, email: str, roles: frozenset[Role], services: frozenset[str] | None
    ) -> str:
        """Returns the token of a one-time link; invalidates earlier ones for this address.

        Raises ForbiddenError for roles that the administrator may not give.
        """
        if not admin.may_give(roles):
            raise ForbiddenError("It needs roles that grant everything that these roles grant.")
        address, token = canonical(email), new_secret()
        async with self._database.transaction(admin.org) as session:
            now = await database_time(session)
            same = InvitationRow.org == admin.org, InvitationRow.email == address
            await session.execute(
                update(InvitationRow).where(*same, InvitationRow.used_at.is_(None)).values(expires_at=now)
            )
            session.add(
                InvitationRow(
                    digest=digest(token),
                    org=admin.org,
                    email=address,
                    issued_by=admin.id,
                    roles=sorted(role.value for role in roles),
                    services=None if services is None else sorted(services),
                    expires_at=now + LIFETIME,
                )
            )
            detail = {"email": address, "roles": sorted(roles)}
            await audit(session, admin.email, "user.invited", f"org/{admin.org}", detail)
            return token

    async def open_ones(self, org: str) -> list[OpenInvitation]:
        """The organization's invitations that can be accepted, newest of 200 first."""
        query = select(InvitationRow).where(InvitationRow.org == org, *_OPEN)
        async with self._database.transaction() as session:
            newest = query.order_by(InvitationRow.created_at.desc()).limit(MAX_LISTED)
            rows = (await session.scalars(newest)).all()
            inviters = {
                person_id: await current_issuer(session, person_id, org, Permission.ADMINISTER_USERS)
                for person_id in {row.issued_by for row in rows}
            }
            return [
                OpenInvitation.model_validate(row, from_attributes=True)
                for row in rows
                if _may_invite(inviters[row.issued_by], row)
            ]

    async def revoke(self, admin: Person, invitation_id: UUID) -> None:
        """Invalidates an open invitation. Raises NotFoundError."""
        end = update(InvitationRow).where(
            InvitationRow.id == invitation_id, InvitationRow.org == admin.org, *_OPEN
        )
        async with self._database.transaction(admin.org) as session:
            ended = end.values(expires_at=func.clock_timestamp()).returning(InvitationRow.email)
            email = await session.scalar(ended)
            if email is None:
                raise NotFoundError("Unknown invitation.")
            await audit(session, admin.email, "invitation.revoked", f"org/{admin.org}", {"email": email})

    async def look(self, token: str) -> Invited:
        """The invited person. Raises InvalidCredentialsError, and ConflictError if they cannot join yet."""
        async with self._database.transaction() as session:
            row = await session.scalar(select(InvitationRow).where(*_open_invitation(token)))
            if row is None:
                raise InvalidCredentialsError(INVALID_LINK)
            await _check_inviter(session, row)
            return await _invited(session, row.email)

    async def accept(self, token: str, invited: Invited, name: str, password_hash: str | None) -> None:
        """Makes the person a member. `password_hash` is set for a person who proved no existing password.

        Raises InvalidCredentialsError, and ConflictError if the person is a member already.
        """
        async with self._database.transaction() as session:
            org = await session.scalar(select(InvitationRow.org).where(InvitationRow.digest == digest(token)))
        async with self._database.transaction(org) as session:
            consume = (
                update(InvitationRow).where(*_open_invitation(token)).values(used_at=func.clock_timestamp())
            )
            row = await session.scalar(consume.returning(InvitationRow))
            if row is None or await _invited(session, row.email) != invited:  # changed in the meantime
                raise InvalidCredentialsError(INVALID_LINK)
            await _check_inviter(session, row)
            person = await _person(session, row.email, name, password_hash)
            member = insert(MembershipRow).values(
                person_id=person, org=row.org, roles=row.roles, services=row.services
            )
            added = await session.execute(member.on_conflict_do_nothing().returning(MembershipRow.person_id))
            if added.first() is None:
                raise ConflictError("You already belong to this organization.")
            membership = {"roles": row.roles, "services": row.services}
            await audit(session, row.email, "user.joined", f"user/{person}", after=membership)


def _open_invitation(token: str) -> tuple[ColumnElement[bool], ...]:
    return (InvitationRow.digest == digest(token), *_OPEN)


async def _check_inviter(session: AsyncSession, row: InvitationRow) -> None:
    """Raises InvalidCredentialsError unless the inviter could still invite with these roles."""
    inviter = await require_issuer(session, row.issued_by, row.org, Permission.ADMINISTER_USERS)
    if not _may_invite(inviter, row):
        raise InvalidCredentialsError(INVALID_LINK)


def _may_invite(inviter: Person | None, row: InvitationRow) -> bool:
    return inviter is not None and inviter.may_give(frozenset(Role(role) for role in row.roles))


async def _invited(session: AsyncSession, email: str) -> Invited:
    """The person with what they must prove to join.

    A person without a membership starts from nothing and sets a new password. A member proves the
    current one. A member without a password is refused: the link of their organization sets it. Locks the
    person: invitations are accepted in turn, and no link sets another password until the transaction ends.
    """
    person = await session.scalar(select(PersonRow).where(PersonRow.email == email).with_for_update())
    if person is None:
        return Invited(email, None)
    if person.is_service:
        raise ConflictError("This address belongs to a service account.")
    if not (await lock_memberships(session, [person.id]))[person.id]:
        return Invited(email, None)
    if person.password_hash is None:
        raise ConflictError("Set your password with your organization's link first.")
    return Invited(email, person.password_hash)


async def _person(session: AsyncSession, email: str, name: str, password_hash: str | None) -> UUID:
    """The id of the person who joins. A member of another organization keeps password and second factor only.

    That organization's administrators could have added the other proofs, or have opened a session.
    """
    if password_hash is not None:
        return await fresh_person(session, email, name, password_hash)
    person_id = (await session.scalars(select(PersonRow.id).where(PersonRow.email == email))).one()
    await remove_factors(session, [person_id], keep_totp=True)
    return person_id
