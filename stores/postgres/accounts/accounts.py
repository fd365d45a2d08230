from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import GoneError, InvalidCredentialsError, NotFoundError
from missions.organization import OrgStatus
from missions.permissions import Role
from missions.person import Person
from stores.postgres.accounts.issuers import INVALID_LINK
from stores.postgres.accounts.links import Purpose, bootstrapped, end_links, lock_bootstrap, redeem
from stores.postgres.accounts.people import Account, account_of, canonical
from stores.postgres.accounts.resets import fresh_person, remove_factors
from stores.postgres.accounts.session_ends import close_sessions
from stores.postgres.accounts.tables import LinkRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow
from stores.secrets import digest


class AccountStore:
    """Creates accounts and changes their passwords."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bootstrapped(self) -> bool:
        """Whether the first administrator was created."""
        async with self._database.transaction() as session:
            return await bootstrapped(session)

    async def bootstrap(self, token: str, email: str, name: str, password_hash: str) -> Account:
        """Creates the first administrator. Raises GoneError if there is one, InvalidCredentialsError."""
        org = await self._org_of(token)
        async with self._database.transaction(org) as session:
            await lock_bootstrap(session)
            if await bootstrapped(session):
                raise GoneError("This installation already has an administrator.")
            link = await redeem(session, Purpose.BOOTSTRAP, token)
            person_id = await fresh_person(session, email, name, password_hash)
            session.add(MembershipRow(person_id=person_id, org=link.org, roles=[Role.ADMIN.value]))
            await session.flush()
            account = await account_of(session, person_id, link.org)
            detail = {"roles": [Role.ADMIN.value]}
            await audit(session, account.person.email, "org.bootstrapped", f"user/{person_id}", detail)
            return account

    async def _org_of(self, token: str) -> str:
        async with self._database.transaction() as session:
            if await bootstrapped(session):
                raise GoneError("This installation already has an administrator.")
            return await _org_of(session, token)

    async def register(self, email: str, name: str, password_hash: str) -> UUID:
        """Creates an account without an organization; for a known address returns a random id.

        Neither the result nor its time reveals whether the address was known.
        """
        async with self._database.transaction() as session:
            person_id: UUID = (await session.execute(text("SELECT uuidv7()"))).scalar_one()
            values = {"email": canonical(email), "name": name, "password_hash": password_hash}
            row = insert(PersonRow).values(id=person_id, **values)
            row = row.on_conflict_do_nothing(index_elements=["email"])
            created = (await session.execute(row.returning(PersonRow.id))).first() is not None
            result = "ok" if created else "known"
            subject = f"user/{person_id}"
            await audit(session, canonical(email), "account.registered", subject, result=result, system=True)
            return person_id

    async def refused(self, email: str) -> None:
        """Audits a failed login in the installation's own trail."""
        async with self._database.transaction() as session:
            await audit(session, canonical(email), "login.failed", "session", result="refused", system=True)

    async def change_password(self, person: Person, session_id: UUID, password_hash: str) -> Account:
        """Sets the password; ends all other sessions and all access tokens of the person."""
        async with self._database.transaction(person.org) as session:
            await _set_password(session, person.id, password_hash)
            ended = await close_sessions(session, person, but=session_id)
            detail = {"sessionsEnded": ended}
            await audit(session, person.email, "password.changed", f"user/{person.id}", detail)
            return await account_of(session, person.id, person.org)

    async def reset_password(
        self, token: str, password_hash: str, *, revoke_other_factors: bool = False
    ) -> None:
        """Sets the password of the link's person and ends all their sessions.

        `revoke_other_factors` also deletes everything else that the person signs in with. Raises
        InvalidCredentialsError, also for a person who may not sign in to the link's organization.
        """
        async with self._database.transaction() as session:
            org = await _org_of(session, token)
        async with self._database.transaction(org) as session:
            link = await redeem(session, Purpose.PASSWORD, token)
            if link.person_id is None:
                raise InvalidCredentialsError("This link sets no password.")
            try:
                account = await account_of(session, link.person_id, link.org)
            except NotFoundError as error:
                raise InvalidCredentialsError(INVALID_LINK) from error
            await _set_password(session, link.person_id, password_hash)
            detail: dict[str, object] = {"sessionsEnded": await close_sessions(session, account.person)}
            if revoke_other_factors:
                detail["factorsRemoved"] = await remove_factors(session, [link.person_id])
            subject = f"user/{link.person_id}"
            await audit(session, account.person.email, "password.reset", subject, detail)


async def _org_of(session: AsyncSession, token: str) -> str:
    query = select(LinkRow.org).join(OrgRow, OrgRow.slug == LinkRow.org)
    query = query.where(LinkRow.digest == digest(token), OrgRow.status == OrgStatus.ACTIVE.value)
    org = await session.scalar(query)
    if org is None:
        raise InvalidCredentialsError(INVALID_LINK)
    return org


async def _set_password(session: AsyncSession, person: UUID, password_hash: str) -> None:
    """Sets it, and invalidates the links that could set another one."""
    change = {"password_hash": password_hash, "version": PersonRow.version + 1}
    await session.execute(update(PersonRow).where(PersonRow.id == person).values(**change))
    await end_links(session, Purpose.PASSWORD, person)
