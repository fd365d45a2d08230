import hmac
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, InvalidCredentialsError, NotFoundError
from missions.person import Person
from stores.postgres.accounts.session_ends import require_open_session
from stores.postgres.accounts.tables import TotpRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.seals import Seals

PERIOD_S = 30
DRIFT = 1
"""Periods by which a clock may be early or late."""


class SecondFactorStore:
    """TOTP codes (RFC 6238): the keys are stored sealed, and each code works once."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def enrolled(self, person: UUID) -> bool:
        """Whether signing in needs a code."""
        async with self._database.transaction() as session:
            row = await session.get(TotpRow, person)
            return row is not None and row.confirmed_at is not None

    async def begin(self, person: Person) -> str:
        """Returns a new key (base32), active once confirmed.

        Raises ConflictError if one is active, and UnauthenticatedError if the session has ended.
        """
        key = pyotp.random_base32()
        values = {"sealed": self._seals.seal(key, str(person.id)), "last_step": 0}
        async with self._database.transaction(person.org) as session:
            row = await session.get(TotpRow, person.id)
            if row is not None and row.confirmed_at is not None:
                raise ConflictError("You already have a second factor: remove it first.")
            fresh = insert(TotpRow).values(person_id=person.id, **values)
            await session.execute(fresh.on_conflict_do_update(index_elements=["person_id"], set_=values))
            await require_open_session(session, person.session)
            await audit(session, person.email, "totp.begun", f"user/{person.id}", {})
            return key

    async def confirm(self, person: Person, code: str) -> None:
        """Activates the key. Raises NotFoundError, ConflictError, InvalidCredentialsError (a wrong code)."""
        async with self._database.transaction(person.org) as session:
            row = await session.get(TotpRow, person.id, with_for_update=True)
            if row is None:
                raise NotFoundError("No second factor was set up.")
            if row.confirmed_at is not None:
                raise ConflictError("The second factor is already confirmed.")
            if not await self._spend(session, row, code):
                raise InvalidCredentialsError("The code is wrong.")
            change = update(TotpRow).where(TotpRow.person_id == person.id)
            await session.execute(change.values(confirmed_at=func.clock_timestamp()))
            await audit(session, person.email, "totp.confirmed", f"user/{person.id}", {})

    async def verify(self, person: UUID, code: str) -> bool:
        """Whether the code is right and unused; marks it as used."""
        async with self._database.transaction() as session:
            row = await session.get(TotpRow, person)
            return row is not None and row.confirmed_at is not None and await self._spend(session, row, code)

    async def remove(self, person: Person) -> None:
        """Removes the second factor. Raises NotFoundError."""
        async with self._database.transaction(person.org) as session:
            statement = delete(TotpRow).where(TotpRow.person_id == person.id).returning(TotpRow.person_id)
            if await session.scalar(statement) is None:
                raise NotFoundError("You have no second factor.")
            await audit(session, person.email, "totp.removed", f"user/{person.id}", {})

    async def _spend(self, session: AsyncSession, row: TotpRow, code: str) -> bool:
        """Uses a code once, by the database's clock; of two parallel uses only one succeeds."""
        totp = pyotp.TOTP(self._seals.open(row.sealed, str(row.person_id)), interval=PERIOD_S)
        now = int((await database_time(session)).timestamp()) // PERIOD_S
        for step in range(now - DRIFT, now + DRIFT + 1):
            if hmac.compare_digest(totp.generate_otp(step), code):
                use = update(TotpRow).where(TotpRow.person_id == row.person_id, TotpRow.last_step < step)
                used = use.values(last_step=step).returning(TotpRow.person_id)
                return await session.scalar(used) is not None
        return False
