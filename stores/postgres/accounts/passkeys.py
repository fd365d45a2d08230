from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from missions.errors import ConflictError, NotFoundError, UnauthenticatedError
from missions.frozen_model import FrozenModel
from missions.person import Person
from stores.postgres.accounts.tables import PasskeyRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database

MOST = 20
"""Passkeys of one person."""


class Passkey(FrozenModel):
    """One of a person's passkeys, as they see it."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class KnownKey:
    """What a signature is checked with."""

    person: UUID
    public_key: bytes
    sign_count: int


class PasskeyStore:
    """The public halves of people's passkeys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, person: Person) -> list[Passkey]:
        """The person's, oldest first."""
        query = select(PasskeyRow).where(PasskeyRow.person_id == person.id).order_by(PasskeyRow.id)
        async with self._database.transaction() as session:
            rows = await session.scalars(query)
            return [Passkey.model_validate(row, from_attributes=True) for row in rows]

    async def credentials(self, person: Person) -> list[str]:
        """Their ids, base64url: a device that holds one of them makes no second."""
        query = select(PasskeyRow.credential).where(PasskeyRow.person_id == person.id)
        async with self._database.transaction() as session:
            return list((await session.scalars(query)).all())

    async def add(
        self, person: Person, credential: str, public_key: bytes, sign_count: int, name: str
    ) -> Passkey:
        """Keeps one. Raises ConflictError for one that is known, and for one too many."""
        async with self._database.transaction(person.org) as session:
            mine = select(func.count()).select_from(PasskeyRow).where(PasskeyRow.person_id == person.id)
            if (await session.scalar(mine) or 0) >= MOST:
                raise ConflictError(f"Nobody has more than {MOST} passkeys.")
            row = insert(PasskeyRow).values(
                credential=credential,
                person_id=person.id,
                name=name,
                public_key=public_key,
                sign_count=sign_count,
            )
            made = await session.scalar(row.on_conflict_do_nothing().returning(PasskeyRow))
            if made is None:
                raise ConflictError("This passkey is known.")
            told = {"passkey": str(made.id), "name": name}
            await audit(session, person.email, "passkey.added", f"user/{person.id}", told)
            return Passkey.model_validate(made, from_attributes=True)

    async def remove(self, person: Person, which: UUID) -> None:
        """Takes one of the person's away. Raises NotFoundError."""
        gone = delete(PasskeyRow).where(PasskeyRow.id == which, PasskeyRow.person_id == person.id)
        async with self._database.transaction(person.org) as session:
            if (await session.scalars(gone.returning(PasskeyRow.id))).first() is None:
                raise NotFoundError("You have no such passkey.")
            told = {"passkey": str(which)}
            await audit(session, person.email, "passkey.removed", f"user/{person.id}", told)

    async def known(self, credential: str) -> KnownKey:
        """Whose it is. Raises UnauthenticatedError."""
        async with self._database.transaction() as session:
            row = await session.scalar(select(PasskeyRow).where(PasskeyRow.credential == credential))
        if row is None:
            raise UnauthenticatedError("Nobody here has this passkey.")
        return KnownKey(row.person_id, row.public_key, row.sign_count)

    async def used(self, credential: str, before: int, now: int) -> None:
        """Keeps how often the device signed. Raises UnauthenticatedError where another use came between."""
        change = update(PasskeyRow).where(
            PasskeyRow.credential == credential, PasskeyRow.sign_count == before
        )
        values = {"sign_count": now, "used_at": func.clock_timestamp()}
        async with self._database.transaction() as session:
            if (await session.scalars(change.values(**values).returning(PasskeyRow.id))).first() is None:
                raise UnauthenticatedError("This passkey was used elsewhere at the same time.")
