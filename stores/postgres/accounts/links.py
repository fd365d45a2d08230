from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, GoneError, InvalidCredentialsError, NotFoundError
from missions.permissions import Permission, Role
from stores.postgres.accounts.issuers import INVALID_LINK, require_issuer
from stores.postgres.accounts.memberships import lock_memberships
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.tables import LinkRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow
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

    async def bootstrap(self, org: str, name: str) -> str:
        """Adds the first organization and returns a token that creates its first administrator.

        Invalidates earlier tokens. Raises GoneError if there is an administrator already, and ConflictError
        if another organization is the first one: it founds the others, so that there is only one.
        """
        async with self._database.transaction() as session:
            await lock_bootstrap(session)
            if await bootstrapped(session):
                raise GoneError("This installation already has an administrator.")
            await session.execute(insert(OrgRow).values(slug=org, name=name).on_conflict_do_nothing())
            firsts = (await session.scalars(select(OrgRow.slug).where(OrgRow.parent.is_(None)))).all()
            if list(firsts) != [org]:
                other = ", ".join(sorted(set(firsts) - {org}))
                raise ConflictError(f"The first organization of this installation is {other}.")
            return await issue(session, Purpose.BOOTSTRAP, org)

    async def password(self, email: str) -> str:
        """Returns a token with which this person sets a new password. Raises NotFoundError.

        It works as long as the person may sign in to the first organization where they may now.
        """
        account = await PersonStore(self._database).by_email(email)
        if account is None:
            raise NotFoundError(f"No account that may sign in has the address {email}.")
        async with self._database.transaction() as session:
            return await issue(session, Purpose.PASSWORD, account.person.org, account.person.id)


async def issue(
    session: AsyncSession,
    purpose: Purpose,
    org: str,
    person: UUID | None = None,
    issued_by: UUID | None = None,
) -> str:
    """Returns a new token, in the caller's transaction; invalidates earlier ones.

    `issued_by` is the administrator of `org` who hands it out; None: the owner of the installation.
    """
    await end_links(session, purpose, person)
    now, token = await database_time(session), new_secret()
    session.add(
        LinkRow(
            digest=digest(token),
            purpose=purpose.value,
            org=org,
            person_id=person,
            issued_by=issued_by,
            expires_at=now + LIFETIME[purpose],
        )
    )
    await session.flush()
    return token


async def end_links(session: AsyncSession, purpose: Purpose, person: UUID | None) -> None:
    """Invalidates the person's open links, in the caller's transaction."""
    same = LinkRow.person_id == person if person is not None else LinkRow.person_id.is_(None)
    links = update(LinkRow).where(LinkRow.purpose == purpose.value, LinkRow.used_at.is_(None), same)
    await session.execute(links.values(expires_at=func.clock_timestamp()))


async def redeem(session: AsyncSession, purpose: Purpose, token: str) -> LinkRow:
    """Consumes the token in the caller's transaction. Raises InvalidCredentialsError.

    A link of an administrator works only while they could issue it again: they still administer the
    organization's people, and the person belongs to no other organization.
    """
    link = await session.get(LinkRow, digest(token))
    if link is None:
        raise InvalidCredentialsError(INVALID_LINK)
    # The person is locked before the link, as in a reset, which ends their links.
    memberships = await lock_memberships(session, [] if link.person_id is None else [link.person_id])
    if link.issued_by is not None:
        await require_issuer(session, link.issued_by, link.org, Permission.ADMINISTER_USERS)
        if list(memberships.values()) != [frozenset({link.org})]:
            raise InvalidCredentialsError(INVALID_LINK)
    take = update(LinkRow).where(
        LinkRow.digest == link.digest,
        LinkRow.purpose == purpose.value,
        LinkRow.used_at.is_(None),
        LinkRow.expires_at > func.clock_timestamp(),
    )
    row: LinkRow | None = await session.scalar(take.values(used_at=func.clock_timestamp()).returning(LinkRow))
    if row is None:
        raise InvalidCredentialsError(INVALID_LINK)
    return row


async def lock_bootstrap(session: AsyncSession) -> None:
    """Waits for other transactions that make a first organization or its administrator."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('bootstrap', 0))"))


async def bootstrapped(session: AsyncSession) -> bool:
    """Whether there is an administrator, or there was one."""
    admins = select(MembershipRow.person_id).where(MembershipRow.roles.contains([Role.ADMIN.value])).limit(1)
    used = select(LinkRow.digest).where(
        LinkRow.purpose == Purpose.BOOTSTRAP.value, LinkRow.used_at.is_not(None)
    )
    return (await session.scalar(admins)) is not None or (await session.scalar(used.limit(1))) is not None
