from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from missions.errors import (
    ConflictError,
    InvalidCredentialsError,
    NotFoundError,
    UnauthenticatedError,
)
from missions.person import Person
from stores.postgres.accounts.memberships import active_memberships
from stores.postgres.accounts.people import Account, account_from
from stores.postgres.accounts.session_ends import require_open_session
from stores.postgres.accounts.tables import ChallengeRow, IdentityRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow
from stores.secrets import digest

LIFETIME = timedelta(minutes=10)


class UnknownIdentityError(UnauthenticatedError):
    """No account has this identity."""


class IdentityStore:
    """People's identities at OpenID providers, by issuer and subject, and pending challenges."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, purpose: str, secret: str, body: dict[str, Any], person: UUID | None = None) -> None:
        """Stores a challenge for ten minutes, under the hash of its secret."""
        async with self._database.transaction() as session:
            now = await database_time(session)
            await session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at <= now))
            row = ChallengeRow(
                digest=digest(secret), purpose=purpose, person_id=person, body=body, expires_at=now + LIFETIME
            )
            session.add(row)

    async def answered(self, purpose: str, secret: str) -> tuple[dict[str, Any], UUID | None]:
        """Takes the challenge of this secret, once. Raises InvalidCredentialsError."""
        take = delete(ChallengeRow).where(
            ChallengeRow.digest == digest(secret),
            ChallengeRow.purpose == purpose,
            ChallengeRow.expires_at > func.clock_timestamp(),
        )
        async with self._database.transaction() as session:
            row = (await session.execute(take.returning(ChallengeRow.body, ChallengeRow.person_id))).first()
        if row is None:
            raise InvalidCredentialsError("This challenge is unknown or expired: start again.")
        return row.body, row.person_id

    async def account(self, issuer: str, subject: str) -> Account:
        """The account with this identity, in the first organization where it is enabled.

        Raises UnknownIdentityError.
        """
        query = (
            active_memberships()
            .join(IdentityRow, IdentityRow.person_id == MembershipRow.person_id)
            .where(IdentityRow.issuer == issuer, IdentityRow.subject == subject)
            .order_by(MembershipRow.org)
            .limit(1)
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise UnknownIdentityError("Sign in, then connect it.")
        return account_from(*row)

    async def connected(self, person: Person) -> list[str]:
        """The names of the providers at which the person has an identity."""
        query = select(IdentityRow.provider).where(IdentityRow.person_id == person.id).distinct()
        async with self._database.transaction() as session:
            return sorted((await session.scalars(query)).all())

    async def connect(
        self, person: Person, session_id: UUID, provider: str, issuer: str, subject: str
    ) -> None:
        """Connects the identity, for the person of this session.

        Raises ConflictError if it belongs to another person, UnauthenticatedError if the session has ended.
        """
        async with self._database.transaction(person.org) as session:
            row = insert(IdentityRow).values(
                issuer=issuer, subject=subject, person_id=person.id, provider=provider
            )
            await session.execute(row.on_conflict_do_nothing())
            identity = await session.get(IdentityRow, (issuer, subject))
            if identity is None or identity.person_id != person.id:
                raise ConflictError("This identity belongs to another person.")
            await require_open_session(session, session_id)
            await audit(
                session, person.email, "identity.connected", f"user/{person.id}", {"provider": provider}
            )

    async def check_owner(self, person: Person, issuer: str, subject: str) -> None:
        """Raises UnknownIdentityError if no account has the identity, ConflictError if another person has."""
        async with self._database.transaction() as session:
            identity = await session.get(IdentityRow, (issuer, subject))
        if identity is None:
            raise UnknownIdentityError("Connect it first.")
        if identity.person_id != person.id:
            raise ConflictError("This identity belongs to another person.")

    async def disconnect(self, person: Person, provider: str) -> None:
        """Disconnects the identity. Raises NotFoundError."""
        statement = delete(IdentityRow).where(
            IdentityRow.person_id == person.id, IdentityRow.provider == provider
        )
        async with self._database.transaction(person.org) as session:
            if not (await session.scalars(statement.returning(IdentityRow.subject))).all():
                raise NotFoundError("You have no such identity.")
            subject = f"user/{person.id}"
            await audit(session, person.email, "identity.disconnected", subject, {"provider": provider})
