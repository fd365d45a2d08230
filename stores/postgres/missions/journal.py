from typing import Any
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from activities.ports import Recorded
from missions.errors import EventConflictError, NotFoundError, StatusError
from missions.event import Created, Event, Payload, Started
from missions.event_view import artifact_id, refs_of, require_artifacts
from missions.folding import begin, fold
from missions.mission import Mission, Status
from stores.postgres.database import Database, organization_in
from stores.postgres.missions.participants import record_participants
from stores.postgres.storable import storable
from stores.postgres.tables import ArtifactRow, EventRow, MissionRow, OutboxRow

_PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)


async def lock(session: AsyncSession, mission_id: UUID) -> MissionRow:
    """The mission's row, locked: the first lock of every transaction that writes about a mission."""
    row = await session.scalar(select(MissionRow).where(MissionRow.id == mission_id).with_for_update())
    if row is None:
        raise NotFoundError("Unknown mission.")
    return row


async def append(session: AsyncSession, row: MissionRow, actor: str, payload: Payload) -> Recorded:
    """Numbers and stores one event under the row's lock, and folds it into the projections."""
    content = storable(_PAYLOAD.dump_python(payload, mode="json", by_alias=True))
    values = {
        "mission_id": row.id,
        "seq": row.last_seq + 1,
        "key": payload.key,
        "actor": actor,
        "payload": content,
        "correlation_id": structlog.contextvars.get_contextvars().get("correlation_id"),
    }
    once = insert(EventRow).values(**values).on_conflict_do_nothing(index_elements=["mission_id", "key"])
    stored = await session.scalar(once.returning(EventRow))
    if stored is None:
        query = select(EventRow).where(EventRow.mission_id == row.id, EventRow.key == payload.key)
        same = (await session.scalars(query)).one()
        if same.payload != content:
            raise EventConflictError(f"{payload.key} of mission {row.id}")
        if isinstance(payload, Started) and Status(row.status).is_terminal:
            raise StatusError("It has ended, and does not begin again.")
        return Recorded(event_of(same), Mission.model_validate(row.mission))
    event = event_of(stored)
    mission = await project(session, row, Mission.model_validate(row.mission), event)
    return Recorded(event, mission)


async def create(session: AsyncSession, row: MissionRow, created: Created, actor: str) -> Recorded:
    """Stores a mission's row and its first event."""
    row.mission = _stored(begin(created, row.created_at))
    session.add(row)
    await session.flush()
    return await append(session, row, actor, created)


async def project(session: AsyncSession, row: MissionRow, mission: Mission, event: Event) -> Mission:
    """Folds an event into the mission and its artifacts and participants; folding it again changes nothing.

    Raises InvalidError if the event refers to objects that are not artifacts of the organization.
    """
    require_artifacts(organization_in(session), event.payload)
    mission = fold(mission, event)
    row.mission = _stored(mission)
    row.status, row.last_seq = mission.status.value, mission.last_seq
    row.hidden = mission.hidden_at is not None
    for ref in refs_of(event.payload):
        values = {
            "id": artifact_id(event.mission_id, ref),
            "mission_id": event.mission_id,
            "ref": ref.model_dump(mode="json", by_alias=True),
        }
        await session.execute(insert(ArtifactRow).values(**values).on_conflict_do_nothing())
    await record_participants(session, event.mission_id, event.payload)
    return mission


def _stored(mission: Mission) -> dict[str, Any]:
    return mission.model_dump(mode="json", by_alias=True, exclude_computed_fields=True)


def event_of(row: EventRow) -> Event:
    """The event of a row."""
    return Event(
        mission_id=row.mission_id,
        seq=row.seq,
        key=row.key,
        actor=row.actor,
        at=row.at,
        payload=_PAYLOAD.validate_python(row.payload),
        correlation_id=row.correlation_id,
    )


async def events(session: AsyncSession, mission_id: UUID, after: int, limit: int | None) -> tuple[Event, ...]:
    """The events with seq > after, in order."""
    query = (
        select(EventRow)
        .where(EventRow.mission_id == mission_id, EventRow.seq > after)
        .order_by(EventRow.seq)
        .limit(limit)
    )
    return tuple(event_of(row) for row in await session.scalars(query))


class PostgresJournal:
    """The event store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, org: str, mission_id: UUID, actor: str, payload: Payload) -> Recorded:
        """Records once by key and numbers it; raises EventConflictError for other content."""
        async with self._database.transaction(org) as session:
            return await append(session, await lock(session, mission_id), actor, payload)

    async def unfinished(self, org: str) -> list[Mission]:
        """Missions that have not ended and whose messages Temporal acknowledged; the oldest 500, in order."""
        waiting = select(OutboxRow.mission_id).where(OutboxRow.mission_id == MissionRow.id)
        terminal = [status.value for status in Status if status.is_terminal]
        query = select(MissionRow).where(MissionRow.status.not_in(terminal), ~waiting.exists())
        async with self._database.transaction(org) as session:
            rows = await session.scalars(query.order_by(MissionRow.id).limit(500))
            return [Mission.model_validate(row.mission) for row in rows]

    async def read(self, org: str, mission_id: UUID, after: int = 0) -> tuple[Event, ...]:
        """The events with seq > after, in order."""
        async with self._database.transaction(org) as session:
            return await events(session, mission_id, after, None)
