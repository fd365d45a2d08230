import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.ports import Recorded
from missions.errors import ConflictError, NotFoundError, StatusError
from missions.event import CancelRequested, Created, Event
from missions.evidence import ArtifactRef
from missions.mission import Brief, Mission, Priority, Status
from missions.person import Deed, Person
from missions.step import Step
from stores.postgres.approvals import database_time
from stores.postgres.audit import audit
from stores.postgres.database import Database
from stores.postgres.journal import append, create, events, lock
from stores.postgres.outbox import Kind, Message, post
from stores.postgres.tables import ApprovalRow, ArtifactRow, MissionRow, StepRow


@dataclass(frozen=True)
class Wish:
    """What an operator asks for, checked."""

    prompt: str
    priority: Priority
    dashboard_url: str | None
    dashboard_type: str | None
    idempotency_key: str | None

    @property
    def request_hash(self) -> str:
        """SHA-256 (hex) of the content: the same key with other content is refused."""
        content = [self.prompt, self.priority.value, self.dashboard_url, self.dashboard_type]
        return hashlib.sha256(repr(content).encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """A mission, with what was recorded and the message of a change; None where nothing changed."""

    mission: Mission
    recorded: Recorded | None = None
    message: Message | None = None


@dataclass(frozen=True)
class Page:
    """One page of a list, the number of all, and the id after which the next begins."""

    missions: list[Mission]
    total: int
    next_after: UUID | None


class PostgresMissions:
    """What the API asks about missions, each question with the person who asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, person: Person, wish: Wish, console_url: str) -> Change:
        """Stores the mission, its first event, the audit entry and the outbox row in one transaction.

        The same person's same idempotency key: the same mission. Raises ConflictError for other content.
        """
        async with self._database.transaction(person.org) as session:
            if wish.idempotency_key is not None:
                await session.execute(
                    text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
                    {"key": f"{person.id}/{wish.idempotency_key}"},
                )
                query = select(MissionRow).where(
                    MissionRow.requester == person.id, MissionRow.idempotency_key == wish.idempotency_key
                )
                same = await session.scalar(query)
                if same is not None:
                    if same.request_hash != wish.request_hash:
                        raise ConflictError("This Idempotency-Key came with another request.")
                    return Change(Mission.model_validate(same.mission))
            mission_id = (await session.execute(text("SELECT uuidv7()"))).scalar_one()
            brief = Brief(
                mission_id=mission_id,
                org=person.org,
                prompt=wish.prompt,
                requester=person.id,
                requester_name=person.name,
                priority=wish.priority,
                dashboard_url=wish.dashboard_url,
                dashboard_type=wish.dashboard_type,
                link=f"{console_url}/api/missions/{mission_id}",
            )
            row = MissionRow(
                id=mission_id,
                status=Status.PENDING.value,
                requester=person.id,
                last_seq=0,
                created_at=await database_time(session),
                idempotency_key=wish.idempotency_key,
                request_hash=wish.request_hash,
            )
            recorded = await create(session, row, Created(brief=brief), person.email)
            message = await post(
                session, person.org, Kind.START, mission_id, brief.model_dump(mode="json", by_alias=True)
            )
            await audit(
                session, person.email, "mission.created", f"mission/{mission_id}", {"prompt": wish.prompt}
            )
            return Change(recorded.mission, recorded, message)

    async def get(self, person: Person, mission_id: UUID) -> Mission:
        """Raises NotFoundError also where the person may not read it."""
        async with self._database.transaction(person.org) as session:
            return Mission.model_validate((await _readable(session, person, mission_id)).mission)

    async def page(
        self, person: Person, status: Status | None, *, limit: int, after: UUID | None, offset: int
    ) -> Page:
        """The person's missions (all of them for who may read all), newest first."""
        where: list[Any] = []
        if not person.may(Deed.READ_ALL_MISSIONS):
            where.append(MissionRow.requester == person.id)
        if status is not None:
            where.append(MissionRow.status == status.value)
        query = select(MissionRow).where(*where).order_by(MissionRow.id.desc())
        if after is not None:
            query = query.where(MissionRow.id < after)
        async with self._database.transaction(person.org) as session:
            total = await session.scalar(select(func.count()).select_from(MissionRow).where(*where))
            rows = (await session.scalars(query.offset(offset).limit(limit + 1))).all()
            found = [Mission.model_validate(row.mission) for row in rows[:limit]]
            return Page(found, total or 0, rows[limit - 1].id if len(rows) > limit else None)

    async def events(self, person: Person, mission_id: UUID, after: int, limit: int) -> tuple[Event, ...]:
        """Gapless and in order, seq > after."""
        async with self._database.transaction(person.org) as session:
            await _readable(session, person, mission_id)
            return await events(session, mission_id, after, limit)

    async def steps(self, person: Person, mission_id: UUID, after: int) -> list[Step]:
        """The timeline, seq > after."""
        async with self._database.transaction(person.org) as session:
            await _readable(session, person, mission_id)
            query = select(StepRow).where(StepRow.mission_id == mission_id, StepRow.seq > after)
            return [
                Step.model_validate(row.step) for row in await session.scalars(query.order_by(StepRow.seq))
            ]

    async def cancel(self, person: Person, mission_id: UUID) -> Change:
        """Asks the workflow to stop. Raises StatusError where the mission has ended."""
        async with self._database.transaction(person.org) as session:
            seen = await _readable(session, person, mission_id)
            if seen.requester != person.id and not person.may(Deed.CANCEL_ANY_MISSION):
                raise NotFoundError("Unknown mission.")
            row = await lock(session, mission_id)
            await session.refresh(row)
            if Status(row.status).is_terminal:
                raise StatusError(f"It is {row.status}.")
            seq = row.last_seq
            try:
                asked = CancelRequested(person=person.id, name=person.name)
                recorded = await append(session, row, person.email, asked)
            except ConflictError:
                return Change(Mission.model_validate(row.mission))
            if recorded.event.seq <= seq:
                return Change(Mission.model_validate(row.mission))
            message = await post(session, person.org, Kind.CANCEL, mission_id, {})
            await audit(session, person.email, "mission.cancelled", f"mission/{mission_id}", {})
            return Change(recorded.mission, recorded, message)

    async def artifact(self, person: Person, artifact_id: UUID) -> ArtifactRef:
        """The stored object. Raises NotFoundError also where the person may not read its mission."""
        async with self._database.transaction(person.org) as session:
            row = await session.get(ArtifactRow, artifact_id)
            if row is None:
                raise NotFoundError("Unknown artifact.")
            await _readable(session, person, row.mission_id)
            return ArtifactRef.model_validate(row.ref)

    async def last_seqs(self, org: str, ids: set[UUID]) -> list[tuple[UUID, Status, int]]:
        """Where the table stands, for those who watch."""
        async with self._database.transaction(org) as session:
            query = select(MissionRow.id, MissionRow.status, MissionRow.last_seq).where(
                MissionRow.id.in_(ids)
            )
            return [(row.id, Status(row.status), row.last_seq) for row in await session.execute(query)]


async def _readable(session: AsyncSession, person: Person, mission_id: UUID) -> MissionRow:
    """The mission, where the person owns it, reads all, or may decide one of its approvals."""
    row = await session.get(MissionRow, mission_id)
    if row is not None and (row.requester == person.id or person.may(Deed.READ_ALL_MISSIONS)):
        return row
    if row is not None and person.may(Deed.DECIDE_APPROVAL):
        query = select(ApprovalRow.id).where(ApprovalRow.mission_id == mission_id).limit(1)
        if await session.scalar(query) is not None:
            return row
    raise NotFoundError("Unknown mission.")
