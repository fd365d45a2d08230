from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from missions.errors import ConflictError, InvalidCredentialsError, NotFoundError
from missions.frozen_model import FrozenModel
from missions.person import Person
from stores.postgres.accounts.session_ends import require_open_session
from stores.postgres.accounts.tables import PasskeyRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database

MAX_PASSKEYS = 20
"""Passkeys of one person."""


class Passkey(FrozenModel):
    """One of a person's passkeys, as they see it."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class PublicKey:
    """The public key that verifies a signature."""

    person: UUID
    public_key: bytes
    sign_count: int


class PasskeyStore:
    """The public keys of people's passkeys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, person: Person) -> list[Passkey]:
        """The person's passkeys, oldest first."""
        query = select(PasskeyRow).where(PasskeyRow.person_id == person.id).order_by(PasskeyRow.id)
        async with self._database.transaction() as session:
            rows = await session.scalars(query)
            return [Passkey.model_validate(row, from_attributes=True) for row in rows]

    async def credentials(self, person: Person) -> list[str]:
        """Their credential ids (base64url), so that a device registers only once."""
        query = select(PasskeyRow.credential).where(PasskeyRow.person_id == person.id)
        async with self._database.transaction() as session:
            return list((await session.scalars(query)).all())

    async def add(
        self, person: Person, credential: str, public_key: bytes, sign_count: int, name: str
    ) -> Passkey:
        """Stores a passkey. Raises UnauthenticatedError if the session has ended.

        Raises ConflictError for a known passkey, and at the limit.
        """
        async with self._database.transaction(person.org) as session:
            count = select(func.count()).select_from(PasskeyRow).where(PasskeyRow.person_id == person.id)
            if (await session.scalar(count) or 0) >= MAX_PASSKEYS:
                raise ConflictError(f"A person can have at most {MAX_PASSKEYS} passkeys.")
            row = insert(PasskeyRow).values(
                credential=credential,
                person_id=person.id,
                name=name,
                public_key=public_key,
                sign_count=sign_count,
            )
            added = await session.scalar(row.on_conflict_do_nothing().returning(PasskeyRow))
            if added is None:
                raise ConflictError("This passkey is already registered.")
            await require_open_session(session, person.session)
            detail = {"passkey": str(added.id), "name": name}
            await audit(session, person.email, "passkey.added", f"user/{person.id}", detail)
            return Passkey.model_validate(added, from_attributes=True)

    async def remove(self, person: Person, passkey_id: UUID) -> None:
        """Removes one of the person's passkeys. Raises NotFoundError."""
        statement = delete(PasskeyRow).where(PasskeyRow.id == passkey_id, PasskeyRow.person_id == person.id)
        async with self._database.transaction(person.org) as session:
            if (await session.scalars(statement.returning(PasskeyRow.id))).first() is None:
                raise NotFoundError("You have no such passkey.")
            detail = {"passkey": str(passkey_id)}
            await audit(session, person.email, "passkey.removed", f"user/{person.id}", detail)

    async def known(self, credential: str) -> PublicKey:
        """The key with its owner. Raises InvalidCredentialsError."""
        async with self._database.transaction() as session:
            row = await session.scalar(select(PasskeyRow).where(PasskeyRow.credential == credential))
        if row is None:
            raise InvalidCredentialsError("No account has this passkey.")
        return PublicKey(row.person_id, row.public_key, row.sign_count)

    async def used(self, credential: str, before: int, now: int) -> None:
        """Stores the sign count. Raises InvalidCredentialsError if another use came in between."""
        change = update(PasskeyRow).where(
            PasskeyRow.credential == credential, PasskeyRow.sign_count == before
        )
        values = {"sign_count": now, "used_at": func.clock_timestamp()}
        async with self._database.transaction() as session:
            if (await session.scalars(change.values(**values).returning(PasskeyRow.id))).first() is None:
                raise InvalidCredentialsError("This passkey was used elsewhere at the same time.")
