from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from missions.mission import Brief
from stores.postgres.database import Database
from stores.postgres.tables import OutboxRow

LEASE_S = 10
"""How long a relay may try to deliver a message before another may; doubled with each attempt."""


class MessageKind(StrEnum):
    """The kinds of message to Temporal."""

    START = "start"
    DECIDED = "decided"
    STEERED = "steered"
    CANCEL = "cancel"


_KINDS = frozenset(kind.value for kind in MessageKind)


@dataclass(frozen=True)
class Message:
    """One message to Temporal about one mission. `org` is the column that the database stamps."""

    id: int
    org: str
    kind: MessageKind
    mission_id: UUID
    body: dict[str, Any]

    @property
    def brief(self) -> Brief:
        """The brief of a start. Organization and mission are those of the row, whatever its body says.

        Raises pydantic's ValidationError.
        """
        return Brief.model_validate(self.body | {"org": self.org, "missionId": self.mission_id})


async def post(
    session: AsyncSession, org: str, kind: MessageKind, mission_id: UUID, body: dict[str, Any], rank: int = 0
) -> Message:
    """Writes the message in the caller's transaction: it is stored exactly if the change is.

    Starts of a higher rank are delivered first. The message's organization is what the database stored.
    """
    values = {"org": org, "kind": kind.value, "mission_id": mission_id, "body": body, "rank": rank}
    stored = insert(OutboxRow).values(**values).returning(OutboxRow.id, OutboxRow.org)
    row = (await session.execute(stored)).one()
    return Message(row.id, row.org, kind, mission_id, body)


async def withdraw_start(session: AsyncSession, mission_id: UUID) -> bool:
    """Deletes a start that was not admitted yet; False if Temporal may have received it."""
    mine = OutboxRow.mission_id == mission_id, OutboxRow.kind == MessageKind.START.value
    taken = delete(OutboxRow).where(*mine, OutboxRow.admitted_at.is_(None)).returning(OutboxRow.id)
    return (await session.execute(taken)).first() is not None


class OutboxStore:
    """The relay's side of the outbox: leases due messages in order and deletes acknowledged ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, limit: int = 20) -> list[Message]:
        """Leases up to `limit` due messages for LEASE_S seconds, without starts that are not admitted.

        Messages of kinds that this version does not know are left for a newer one.
        """
        due = text(
            "UPDATE shared.outbox SET attempts = attempts + 1,"
            " due_at = clock_timestamp() + least(300, :lease * 2 ^ least(attempts, 5)) * interval '1 second'"
            " WHERE id IN (SELECT id FROM shared.outbox WHERE due_at <= clock_timestamp()"
            " AND (kind <> 'start' OR admitted_at IS NOT NULL)"
            " ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)"
            " RETURNING id, org, kind, mission_id, body"
        )
        async with self._database.transaction() as session:
            rows = (await session.execute(due, {"lease": LEASE_S, "limit": limit})).all()
        return [
            Message(row.id, row.org, MessageKind(row.kind), row.mission_id, row.body)
            for row in sorted(rows, key=lambda row: row.id)
            if row.kind in _KINDS
        ]

    async def done(self, message: Message) -> None:
        """Deletes a message that Temporal acknowledged."""
        async with self._database.transaction() as session:
            await session.execute(delete(OutboxRow).where(OutboxRow.id == message.id))
