from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from missions.caller import Caller
from missions.errors import NotFoundError, UnauthenticatedError
from missions.frozen_model import FrozenModel
from missions.organization import OrgStatus
from missions.person import Person
from stores.postgres.accounts.memberships import active_memberships
from stores.postgres.accounts.people import Account, account_of
from stores.postgres.accounts.session_ends import end_sessions
from stores.postgres.accounts.tables import RefreshRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow, SessionRow
from stores.secrets import Lineage, digest, new_secret

LEEWAY = timedelta(seconds=10)
"""How long the last used token still works: for parallel tabs and lost responses."""


class SignedIn(FrozenModel):
    """One of a person's sessions, as its owner sees it."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True)
class Renewed:
    """A session with its next refresh token."""

    account: Account
    session: UUID
    authenticated_at: datetime
    refresh_token: str


class ReusedError(UnauthenticatedError):
    """This refresh token was used before: its session is ended everywhere. Sign in again."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person


class SessionStore:
    """Sessions and their refresh tokens: 256 bits, stored as SHA-256, single use."""

    def __init__(self, database: Database, lineage: Lineage, lifetime: timedelta) -> None:
        self._database = database
        self._lineage = lineage
        self._lifetime = lifetime

    async def open(
        self, account: Account, caller: Caller, how: str, proved_at: datetime | None = None
    ) -> Renewed:
        """Opens a session that ends after `lifetime`, refreshed or not. `how` goes into the audit trail.

        `proved_at` is when the person proved their identity; None: now. Raises UnauthenticatedError if the
        account has changed since it was read: its password or a passkey may have been replaced.
        """
        async with self._database.transaction(account.person.org) as session:
            return await open_session(session, account, caller, self._lifetime, how, proved_at)

    async def account(self, session_id: UUID) -> Account:
        """The account of an open session, as it is now. Raises UnauthenticatedError."""
        async with self._database.transaction() as session:
            row = await session.get(SessionRow, session_id)
            if row is None or row.revoked_at is not None or row.expires_at <= await database_time(session):
                raise UnauthenticatedError("The session has ended.")
            try:
                return await account_of(session, row.person_id, row.org)
            except NotFoundError as error:
                raise UnauthenticatedError("The session has ended.") from error

    async def renew(self, token: str, caller: Caller) -> Renewed:
        """Consumes the token and returns the next one. Raises UnauthenticatedError, ReusedError.

        The last used token works again within 10 s, and returns the same next token.
        """
        key = digest(token)
        query = (
            active_memberships()  # the transaction below needs an organization that exists
            .join(
                SessionRow,
                (SessionRow.person_id == MembershipRow.person_id) & (SessionRow.org == MembershipRow.org),
            )
            .join(RefreshRow, RefreshRow.session_id == SessionRow.id)
            .where(RefreshRow.digest == key)
        )
        async with self._database.transaction() as session:
            member = (await session.execute(query)).first()
        if member is None:
            raise UnauthenticatedError("Invalid refresh token")
        async with self._database.transaction(member[1].org) as session:
            renewed = await self._renew(session, key, token, caller)
        if isinstance(renewed, Person):
            raise ReusedError(renewed)
        return renewed

    async def _renew(self, session: AsyncSession, key: str, token: str, caller: Caller) -> Renewed | Person:
        """Returns the person instead if the token was reused: ending the session must be committed."""
        successor = self._lineage.after(token)
        consume = update(RefreshRow).where(RefreshRow.digest == key, RefreshRow.used_at.is_(None))
        consumed = await session.scalar(
            consume.values(used_at=func.clock_timestamp()).returning(RefreshRow.session_id)
        )
        refresh = await session.get(RefreshRow, key)
        row = (
            None
            if refresh is None
            else await session.get(SessionRow, refresh.session_id, with_for_update=True)
        )
        now = await database_time(session)
        if refresh is None or row is None or row.revoked_at is not None or row.expires_at <= now:
            raise UnauthenticatedError("Invalid refresh token")
        try:
            account = await account_of(session, row.person_id, row.org)
        except NotFoundError as error:
            raise UnauthenticatedError("Invalid refresh token") from error
        actor, subject = account.person.email, f"session/{row.id}"
        if consumed is not None:
            session.add(RefreshRow(digest=digest(successor), session_id=row.id))
            row.seen_at, row.address, row.user_agent = now, caller.address, caller.user_agent
            await audit(session, actor, "session.renewed", subject, {"address": caller.address})
        elif not await _just_used(session, refresh, now, digest(successor)):
            row.revoked_at = now
            await audit(session, actor, "session.reused", subject, {"address": caller.address})
            return account.person
        return Renewed(account, row.id, row.authenticated_at, successor)

    async def prove(
        self, account: Account, session_id: UUID, how: str, proved_at: datetime | None = None
    ) -> Renewed:
        """Records that the person proved their identity again; new access tokens carry the time.

        `proved_at` is when they did; None: now. An earlier time than the session has changes nothing. Raises
        UnauthenticatedError if the session has ended.
        """
        person = account.person
        async with self._database.transaction(person.org) as session:
            proof = _proof(await database_time(session), proved_at)
            change = update(SessionRow).where(
                SessionRow.id == session_id,
                SessionRow.person_id == person.id,
                SessionRow.revoked_at.is_(None),
            )
            newest = func.greatest(SessionRow.authenticated_at, proof)
            proven = change.values(authenticated_at=newest).returning(SessionRow.authenticated_at)
            authenticated_at = await session.scalar(proven)
            if authenticated_at is None:
                raise UnauthenticatedError("The session has ended.")
            await audit(session, person.email, "session.proved", f"session/{session_id}", {"how": how})
            return Renewed(account, session_id, authenticated_at, "")

    async def end_by_token(self, token: str) -> None:
        """Ends the session of this refresh token, also where its person may not come in at the moment.

        Raises UnauthenticatedError for an unknown token.
        """
        query = select(SessionRow, PersonRow, OrgRow.status)
        query = query.join(PersonRow, PersonRow.id == SessionRow.person_id)
        query = query.join(RefreshRow, RefreshRow.session_id == SessionRow.id)
        query = query.join(OrgRow, OrgRow.slug == SessionRow.org)
        async with self._database.transaction() as session:
            opened = (await session.execute(query.where(RefreshRow.digest == digest(token)))).first()
        if opened is None:
            raise UnauthenticatedError("Invalid refresh token")
        row, owner, org_status = opened
        # An earlier version left the sessions of a deleted organization open, which has no trail to write to.
        if row.revoked_at is not None or org_status == OrgStatus.DELETED.value:
            return
        person = Person(id=owner.id, org=row.org, email=owner.email, name=owner.name, roles=frozenset())
        async with self._database.transaction(row.org) as session:
            await end_sessions(session, person, person.email, only=row.id)

    async def end(self, person: Person, session_id: UUID) -> None:
        """Ends one of the person's own sessions. Raises NotFoundError."""
        async with self._database.transaction(person.org) as session:
            if not await end_sessions(session, person, person.email, only=session_id):
                raise NotFoundError("Unknown session.")

    async def end_all(self, person: Person, actor: str) -> None:
        """Ends all sessions of the person."""
        async with self._database.transaction(person.org) as session:
            await end_sessions(session, person, actor)

    async def living(self, person: Person) -> list[SignedIn]:
        """The person's active sessions, newest first."""
        active = SessionRow.person_id == person.id, SessionRow.revoked_at.is_(None)
        query = select(SessionRow).where(*active, SessionRow.expires_at > func.clock_timestamp())
        async with self._database.transaction() as session:
            rows = await session.scalars(query.order_by(SessionRow.id.desc()).limit(100))
            return [SignedIn.model_validate(row, from_attributes=True) for row in rows]


async def open_session(
    session: AsyncSession,
    account: Account,
    caller: Caller,
    lifetime: timedelta,
    how: str,
    proved_at: datetime | None = None,
) -> Renewed:
    """Opens a session in the caller's transaction; `proved_at` as in SessionStore.open.

    Raises UnauthenticatedError if the account has changed since it was read.
    """
    person, token = account.person, new_secret()
    await _require_unchanged(session, account)
    now = await database_time(session)
    proof = _proof(now, proved_at)
    row = SessionRow(
        person_id=person.id,
        org=person.org,
        expires_at=now + lifetime,
        authenticated_at=proof,
        address=caller.address,
        user_agent=caller.user_agent,
    )
    session.add(row)
    await session.flush()
    session.add(RefreshRow(digest=digest(token), session_id=row.id))
    detail = {"how": how, "address": caller.address}
    await audit(session, person.email, "session.opened", f"session/{row.id}", detail)
    return Renewed(account, row.id, proof, token)


async def _require_unchanged(session: AsyncSession, account: Account) -> None:
    """Raises UnauthenticatedError if the account has another version by now, or may not come in.

    Checking a password takes time, and it may be replaced meanwhile. The lock makes a session that is being
    opened wait for the transaction that does so; that one in turn waits, and ends the session.
    """
    person = account.person
    await session.execute(select(PersonRow.id).where(PersonRow.id == person.id).with_for_update(read=True))
    try:
        unchanged = (await account_of(session, person.id, person.org)).version == account.version
    except NotFoundError:
        unchanged = False
    if not unchanged:
        raise UnauthenticatedError("The account has changed: sign in again.")


def _proof(now: datetime, proved_at: datetime | None) -> datetime:
    """The time of a proof, at most now: clocks differ."""
    return now if proved_at is None else min(now, proved_at)


async def _just_used(session: AsyncSession, refresh: RefreshRow, now: datetime, successor: str) -> bool:
    """Whether it is the last used token of its family, used within LEEWAY."""
    newer = await session.get(RefreshRow, successor)
    if refresh.used_at is None or newer is None or newer.used_at is not None:
        return False
    return bool(now - refresh.used_at <= LEEWAY)
