from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from stores.postgres.database import Database
from stores.postgres.tables import OutboxRow

LEASE_S = 10
"""How long a relay may try to deliver a message before another may; doubled with each attempt."""


class Kind(StrEnum):
    """What Temporal is told."""

    START = "start"
    DECIDED = "decided"
    CANCEL = "cancel"


_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True)
class Message:
    """One thing that Temporal must be told about one mission."""

    id: int
    org: str
    kind: Kind
    mission_id: UUID
    body: dict[str, Any]


async def post(
    session: AsyncSession, org: str, kind: Kind, mission_id: UUID, body: dict[str, Any]
) -> Message:
    """Writes the message in the caller's transaction: it exists exactly if the change does."""
    row = OutboxRow(org=org, kind=kind.value, mission_id=mission_id, body=body)
    session.add(row)
    await session.flush()
    return Message(row.id, org, kind, mission_id, body)


class PostgresOutbox:
    """The relay's side: leases due messages in order, deletes what was acknowledged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, limit: int = 20) -> list[Message]:
        """Up to `limit` due messages, hidden from other relays for LEASE_S seconds.

        What only a newer version knows waits for it.
        """
        due = text(
            "UPDATE shared.outbox SET attempts = attempts + 1,"
            " due_at = clock_timestamp() + least(300, :lease * 2 ^ least(attempts, 5)) * interval '1 second'"
            " WHERE id IN (SELECT id FROM shared.outbox WHERE due_at <= clock_timestamp()"
            " ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)"
            " RETURNING id, org, kind, mission_id, body"
        )
        async with self._database.transaction() as session:
            rows = (await session.execute(due, {"lease": LEASE_S, "limit": limit})).all()
        return [
            Message(row.id, row.org, Kind(row.kind), row.mission_id, row.body)
            for row in sorted(rows, key=lambda row: row.id)
            if row.kind in _KINDS
        ]

    async def done(self, message: Message) -> None:
        """Temporal has it."""
        async with self._database.transaction() as session:
            await session.execute(delete(OutboxRow).where(OutboxRow.id == message.id))
