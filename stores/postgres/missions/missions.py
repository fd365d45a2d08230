import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy import Uuid as SqlUuid
from sqlalchemy import literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from activities.ports import Recorded
from missions.artifacts import require_artifact
from missions.errors import ConflictError, InvalidError, NotFoundError, StatusError
from missions.event import CancelRequested, Closed, Created, Event, Hidden
from missions.evidence import ArtifactRef
from missions.feedback import Feedback, FeedbackGiven, FeedbackKind
from missions.hypotheses import Hypotheses, feedback_of, hypotheses_of
from missions.mission import Brief, Mission, Outcome, Priority, Quota, Status
from missions.mission_rights import owns_or_may
from missions.permissions import Permission
from missions.person import Person
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.missions.journal import append, create, events, lock
from stores.postgres.missions.outbox import Message, MessageKind, post, withdraw_start
from stores.postgres.missions.quota import count_start, quota_of
from stores.postgres.missions.readable import readable, readable_missions
from stores.postgres.missions.templates import count_use
from stores.postgres.tables import ArtifactRow, MissionRow

MAX_FEEDBACK = 200
"""How often people may give feedback on one mission: each time it diagnoses again."""


@dataclass(frozen=True)
class NewMission:
    """A validated request for a mission."""

    prompt: str
    priority: Priority
    dashboard_url: str | None
    dashboard_type: str | None
    idempotency_key: str | None
    correlation_id: str = ""
    template_id: UUID | None = None
    timeout: timedelta = Brief.model_fields["timeout"].default

    @property
    def request_hash(self) -> str:
        """SHA-256 (hex) of the content: an idempotency key with other content is refused."""
        content = [
            self.prompt,
            self.priority.value,
            self.dashboard_url,
            self.dashboard_type,
            self.template_id,
        ]
        return hashlib.sha256(repr(content).encode()).hexdigest()


@dataclass(frozen=True)
class MissionChange:
    """A mission after a change, with the recorded events and the outbox message; empty if nothing changed."""

    mission: Mission
    recorded: tuple[Recorded, ...] = ()
    message: Message | None = None


class MissionStore:
    """The missions that a person may read and change; the API's side of the event store."""

    def __init__(self, database: Database, per_hour: int = 1000) -> None:
        """`per_hour` is how many missions one person may start in an hour, in all organizations together."""
        self._database = database
        self._per_hour = per_hour
        self._creating: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def quota(self, person: Person) -> Quota:
        """How many missions the person may still start in this hour."""
        async with self._database.transaction(person.org) as session:
            return await quota_of(session, person, self._per_hour)

    async def create(self, person: Person, new_mission: NewMission, console_url: str) -> MissionChange:
        """Stores the mission, its first event, the audit entry and the outbox row in one transaction.

        An idempotency key that the person used before returns the same mission. Raises ConflictError for the
        key with other content, and TooManyRequestsError if the hourly quota is used up.
        """
        # One person's missions are created one after the other, in whatever organization, because each counts
        # those before it. Within this process they wait here, without a connection of the pool.
        own = self._creating.setdefault(person.id, asyncio.Lock())
        async with own, self._database.transaction(person.org) as session:
            lock_person = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
            await session.execute(lock_person, {"key": f"missions of {person.id}"})
            if new_mission.idempotency_key is not None:
                query = select(MissionRow).where(
                    MissionRow.requester == person.id,
                    MissionRow.idempotency_key == new_mission.idempotency_key,
                )
                same = await session.scalar(query)
                if same is not None:
                    if same.request_hash != new_mission.request_hash:
                        raise ConflictError("This Idempotency-Key came with another request.")
                    return MissionChange(Mission.model_validate(same.mission))
            mission_id = (await session.execute(text("SELECT uuidv7()"))).scalar_one()
            await count_start(session, person, mission_id, self._per_hour)
            brief = Brief(
                mission_id=mission_id,
                org=person.org,
                prompt=new_mission.prompt,
                requester=person.id,
                requester_name=person.name,
                priority=new_mission.priority,
                dashboard_url=new_mission.dashboard_url,
                dashboard_type=new_mission.dashboard_type,
                link=f"{console_url}/missions/{mission_id}",
                timeout=new_mission.timeout,
                correlation_id=new_mission.correlation_id,
            )
            row = MissionRow(
                id=mission_id,
                status=Status.PENDING.value,
                requester=person.id,
                last_seq=0,
                created_at=await database_time(session),
                idempotency_key=new_mission.idempotency_key,
                request_hash=new_mission.request_hash,
            )
            recorded = await create(session, row, Created(brief=brief), person.email)
            content = brief.model_dump(mode="json", by_alias=True)
            message = await post(
                session, person.org, MessageKind.START, mission_id, content, rank=brief.priority.rank
            )
            detail = {"prompt": new_mission.prompt}
            if new_mission.template_id is not None:
                await count_use(session, new_mission.template_id)
                detail["template"] = str(new_mission.template_id)
            await audit(session, person.email, "mission.created", f"mission/{mission_id}", detail)
            return MissionChange(recorded.mission, (recorded,), message)

    async def get(self, person: Person, mission_id: UUID) -> Mission:
        """The mission. Raises NotFoundError also if the person may not read it."""
        async with self._database.transaction(person.org) as session:
            return Mission.model_validate((await readable(session, person, mission_id)).mission)

    async def events(
        self, person: Person, mission_id: UUID, after: int = 0, limit: int | None = None
    ) -> tuple[Event, ...]:
        """The events with seq > after, gapless and in order; at most `limit`."""
        async with self._database.transaction(person.org) as session:
            await readable(session, person, mission_id)
            return await events(session, mission_id, after, limit)

    async def cancel(self, person: Person, mission_id: UUID) -> MissionChange:
        """Asks the workflow to stop, or ends a mission that has not started.

        Raises StatusError if the mission has ended.
        """
        async with self._database.transaction(person.org) as session:
            row = await _owned(session, person, mission_id, Permission.CANCEL_ANY_MISSION)
            if Status(row.status).is_terminal:
                raise StatusError(f"It is {row.status}.")
            return await _stop(session, row, person.org, person, "Cancelled by a person before it started.")

    async def stop_all(self, org: str, person: Person) -> list[MissionChange]:
        """Asks every mission of a suspended organization to stop; `person` belongs to its founder."""
        terminal = [status.value for status in Status if status.is_terminal]
        open_ids = select(MissionRow.id).where(MissionRow.status.not_in(terminal)).order_by(MissionRow.id)
        async with self._database.transaction(org) as session:
            ids = (await session.scalars(open_ids)).all()
        changes = []
        for mission_id in ids:
            async with self._database.transaction(org) as session:
                row = await lock(session, mission_id)
                await session.refresh(row)
                if not Status(row.status).is_terminal:
                    changes.append(await _stop(session, row, org, person, "The organization is suspended."))
        return changes

    async def steer(
        self, person: Person, mission_id: UUID, feedback: Feedback
    ) -> tuple[Hypotheses, MissionChange]:
        """Stores feedback on a hypothesis: event, audit entry and outbox message in one transaction.

        The same feedback again changes nothing. Raises StatusError if the mission has ended.
        """
        async with self._database.transaction(person.org) as session:
            await readable(session, person, mission_id)
            row = await lock(session, mission_id)
            await session.refresh(row)
            if Status(row.status).is_terminal:
                raise StatusError(f"It is {row.status}.")
            recorded_events = await events(session, mission_id, 0, None)
            latest = {item.service: item for item in feedback_of(recorded_events)}
            current = latest.get(feedback.service)
            if current == feedback or (current is None and feedback.stance is FeedbackKind.OPEN):
                status, mission = Status(row.status), Mission.model_validate(row.mission)
                return hypotheses_of(mission_id, recorded_events, status), MissionChange(mission)
            rounds = sum(isinstance(event.payload, FeedbackGiven) for event in recorded_events)
            if rounds >= MAX_FEEDBACK:
                raise ConflictError(f"The mission has had feedback {rounds} times, which is the limit.")
            recorded = await append(session, row, person.email, FeedbackGiven(stand=feedback, round=rounds))
            message = await post(session, person.org, MessageKind.STEERED, mission_id, {})
            detail = {"service": feedback.service, "stance": feedback.stance.value, "reason": feedback.reason}
            await audit(session, person.email, "hypothesis.steered", f"mission/{mission_id}", detail)
            all_events = (*recorded_events, recorded.event)
            hypotheses = hypotheses_of(mission_id, all_events, recorded.mission.status)
            return hypotheses, MissionChange(recorded.mission, (recorded,), message)

    async def hide(self, person: Person, mission_id: UUID) -> MissionChange:
        """Removes an ended mission from every list and response; events and audit entries stay.

        Raises StatusError if it has not ended: a running mission must stay visible.
        """
        async with self._database.transaction(person.org) as session:
            row = await _owned(session, person, mission_id, Permission.DELETE_ANY_MISSION)
            if not Status(row.status).is_terminal:
                raise StatusError(f"It is {row.status}: cancel it first.")
            recorded = await append(session, row, person.email, Hidden(person=person.id, name=person.name))
            await audit(session, person.email, "mission.deleted", f"mission/{mission_id}", {})
            return MissionChange(recorded.mission, (recorded,))

    async def artifact(self, person: Person, artifact_id: UUID) -> ArtifactRef:
        """The stored object. Raises NotFoundError also if the person may not read its mission.

        A reference that is not one of the organization's artifacts does not exist either, whoever wrote it.
        """
        async with self._database.transaction(person.org) as session:
            row = await session.get(ArtifactRow, artifact_id)
            if row is None:
                raise NotFoundError("Unknown artifact.")
            await readable(session, person, row.mission_id, "artifact")
            ref = ArtifactRef.model_validate(row.ref)
        try:
            require_artifact(person.org, ref)
        except InvalidError as error:
            raise NotFoundError("Unknown artifact.") from error
        return ref

    async def readable_by(
        self, org: str, wanted: Collection[tuple[Person, Collection[UUID]]]
    ) -> set[tuple[UUID, UUID]]:
        """Person and mission of those among the wanted ones that may be read, in one query."""
        queries = [
            select(literal(person.id, SqlUuid).label("person"), MissionRow.id.label("mission")).where(
                MissionRow.id.in_(ids), *readable_missions(person)
            )
            for person, ids in wanted
        ]
        async with self._database.transaction(org) as session:
            rows = await session.execute(union_all(*queries))
            return {(row.person, row.mission) for row in rows}

    async def last_seqs(self, org: str, ids: set[UUID]) -> list[tuple[UUID, Status, int]]:
        """Status and last `seq` of each of these missions."""
        async with self._database.transaction(org) as session:
            query = select(MissionRow.id, MissionRow.status, MissionRow.last_seq).where(
                MissionRow.id.in_(ids)
            )
            return [(row.id, Status(row.status), row.last_seq) for row in await session.execute(query)]


async def _stop(
    session: AsyncSession, row: MissionRow, org: str, person: Person, reason: str
) -> MissionChange:
    """Asks the workflow to stop, or ends a mission that has not started, with this reason; once."""
    seq = row.last_seq
    try:
        recorded = await append(
            session, row, person.email, CancelRequested(person=person.id, name=person.name)
        )
    except ConflictError:
        return MissionChange(Mission.model_validate(row.mission))
    if recorded.event.seq <= seq:
        return MissionChange(Mission.model_validate(row.mission))
    await audit(session, person.email, "mission.cancelled", f"mission/{row.id}", {})
    if recorded.mission.status is Status.PENDING and await withdraw_start(session, row.id):
        closed = Closed(status=Status.CANCELLED, outcome=Outcome.CANCELLED, reason=reason)
        ended = await append(session, row, person.email, closed)
        return MissionChange(ended.mission, (recorded, ended))
    message = await post(session, org, MessageKind.CANCEL, row.id, {})
    return MissionChange(recorded.mission, (recorded,), message)


async def _owned(
    session: AsyncSession, person: Person, mission_id: UUID, permission: Permission
) -> MissionRow:
    """The locked mission, if the person owns it or has this permission for all missions."""
    seen = await readable(session, person, mission_id)
    if not owns_or_may(person, seen.requester, permission):
        raise NotFoundError("Unknown mission.")
    row = await lock(session, mission_id)
    await session.refresh(row)
    if row.hidden:
        raise NotFoundError("Unknown mission.")
    return row
