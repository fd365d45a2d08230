from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import GoneError, NotFoundError, UnauthenticatedError
from missions.permissions import Role
from stores.postgres.accounts.people import canonical
from stores.postgres.accounts.tables import LinkRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow
from stores.secrets import digest, new_secret


class Purpose(StrEnum):
    """The purpose of a one-time link."""

    BOOTSTRAP = "bootstrap"
    PASSWORD = "password"  # noqa: S105  a purpose


LIFETIME = {Purpose.BOOTSTRAP: timedelta(hours=24), Purpose.PASSWORD: timedelta(hours=48)}


class LinkStore:
    """One-time links that the owner of the installation hands out. There are no default credentials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bootstrap(self, org: str) -> str:
        """Returns a token that creates the organization's first administrator; invalidates earlier ones.

        Raises GoneError if there is an administrator already.
        """
        async with self._database.transaction() as session:
            if await bootstrapped(session):
                raise GoneError("This installation already has an administrator.")
            return await issue(session, Purpose.BOOTSTRAP, org)

    async def password(self, email: str) -> str:
        """Returns a token with which this person sets a new password. Raises NotFoundError."""
        async with self._database.transaction() as session:
            query = select(MembershipRow).join(PersonRow, PersonRow.id == MembershipRow.person_id)
            query = query.where(PersonRow.email == canonical(email), PersonRow.is_service.is_(False))
            member = (await session.scalars(query.order_by(MembershipRow.org).limit(1))).first()
            if member is None:
                raise NotFoundError(f"No account has the address {email}.")
            return await issue(session, Purpose.PASSWORD, member.org, member.person_id)


async def issue(session: AsyncSession, purpose: Purpose, org: str, person: UUID | None = None) -> str:
    """Returns a new token, in the caller's transaction; invalidates earlier ones."""
    now = await database_time(session)
    before = update(LinkRow).where(LinkRow.purpose == purpose.value, LinkRow.used_at.is_(None))
    same = LinkRow.person_id == person if person is not None else LinkRow.person_id.is_(None)
    await session.execute(before.where(same).values(expires_at=now))
    token = new_secret()
    session.add(
        LinkRow(
            digest=digest(token),
            purpose=purpose.value,
            org=org,
            person_id=person,
            expires_at=now + LIFETIME[purpose],
        )
    )
    await session.flush()
    return token


async def redeem(session: AsyncSession, purpose: Purpose, token: str) -> LinkRow:
    """Consumes the token in the caller's transaction. Raises UnauthenticatedError."""
    take = update(LinkRow).where(
        LinkRow.digest == digest(token),
        LinkRow.purpose == purpose.value,
        LinkRow.used_at.is_(None),
        LinkRow.expires_at > func.clock_timestamp(),
    )
    row: LinkRow | None = await session.scalar(take.values(used_at=func.clock_timestamp()).returning(LinkRow))
    if row is None:
        raise UnauthenticatedError("This link is invalid, expired or already used.")
    return row


async def bootstrapped(session: AsyncSession) -> bool:
    """Whether there is an administrator, or there was one."""
    admins = select(MembershipRow.person_id).where(MembershipRow.roles.contains([Role.ADMIN.value])).limit(1)
    used = select(LinkRow.digest).where(
        LinkRow.purpose == Purpose.BOOTSTRAP.value, LinkRow.used_at.is_not(None)
    )
    return (await session.scalar(admins)) is not None or (await session.scalar(used.limit(1))) is not None
