from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, ColumnElement, Select, case, cast, extract, func, select, tuple_

from missions.errors import ForbiddenError
from missions.frozen_model import FrozenModel
from missions.mission import Mission, Priority, Status
from missions.permissions import Permission
from missions.person import Person
from stores.postgres.database import Database
from stores.postgres.tables import EventRow, MissionRow


class SortBy(StrEnum):
    """The order of a list; equal missions are ordered by age."""

    CREATED_AT = "createdAt"
    STATUS = "status"
    PRIORITY = "priority"


@dataclass(frozen=True)
class Filter:
    """Which missions a list contains, and their order."""

    status: Status | None = None
    user_id: UUID | None = None
    words: str | None = None
    sort_by: SortBy = SortBy.CREATED_AT
    descending: bool = True


@dataclass(frozen=True)
class MissionPage:
    """One page of a list, the total number, and the id after which the next page begins."""

    missions: list[Mission]
    total: int
    next_after: UUID | None


class Stats(FrozenModel):
    """Counts of missions. AWAITING_APPROVAL counts as running, CANCELLED only in the total.

    `avgExecutionTimeMs` is the time from the workflow's start to its end, with the waits for approvals, of
    completed missions; `successRate` is the percentage of completed among completed and failed missions.
    """

    total: int
    completed: int
    failed: int
    running: int
    pending: int
    avg_execution_time_ms: int
    success_rate: float


class MissionOverviews:
    """Lists and counts of the missions that a person may read, without deleted ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, person: Person, wanted: Filter, *, limit: int, after: UUID | None, offset: int
    ) -> MissionPage:
        """The person's own missions; with the permission to read all, all missions or one user's.

        `after` is the last mission of the previous page; its place in the order is looked up now. Raises
        ForbiddenError for another user's missions without that permission.
        """
        readable = _readable(person)
        where = _where(person, wanted.user_id)
        if wanted.status is not None:
            where.append(MissionRow.status == wanted.status.value)
        if wanted.words is not None:
            where.append(MissionRow.mission["prompt"].astext.icontains(wanted.words, autoescape=True))
        place = tuple_(_rank(wanted.sort_by), MissionRow.id)
        order = [part.desc() if wanted.descending else part.asc() for part in place.clauses]
        query = select(MissionRow).where(*where).order_by(*order)
        if after is not None:
            last: Select[Any] = select(_rank(wanted.sort_by), MissionRow.id).where(
                MissionRow.id == after, *readable
            )
            behind = last.scalar_subquery()
            query = query.where(place < behind if wanted.descending else place > behind)
        async with self._database.transaction(person.org) as session:
            total = await session.scalar(select(func.count()).select_from(MissionRow).where(*where))
            rows = (await session.scalars(query.offset(offset).limit(limit + 1))).all()
            missions = [Mission.model_validate(row.mission) for row in rows[:limit]]
            return MissionPage(missions, total or 0, rows[limit - 1].id if len(rows) > limit else None)

    async def stats(self, person: Person, user_id: UUID | None) -> Stats:
        """Counts of the same missions."""
        began = select(EventRow.at).where(EventRow.mission_id == MissionRow.id, EventRow.key == "started")
        ended = cast(MissionRow.mission["finishedAt"].astext, TIMESTAMP(timezone=True))
        lasted = extract("epoch", ended - began.scalar_subquery())
        completed = MissionRow.status == Status.COMPLETED.value
        query = select(
            func.count().label("total"),
            func.count().filter(completed).label("completed"),
            func.count().filter(MissionRow.status == Status.FAILED.value).label("failed"),
            func.count()
            .filter(MissionRow.status.in_([Status.RUNNING.value, Status.AWAITING_APPROVAL.value]))
            .label("running"),
            func.count().filter(MissionRow.status == Status.PENDING.value).label("pending"),
            func.coalesce(func.avg(lasted).filter(completed), 0).label("seconds"),
        )
        async with self._database.transaction(person.org) as session:
            row = (await session.execute(query.where(*_where(person, user_id)))).one()
        over = row.completed + row.failed
        return Stats(
            total=row.total,
            completed=row.completed,
            failed=row.failed,
            running=row.running,
            pending=row.pending,
            avg_execution_time_ms=round(1000 * row.seconds),
            success_rate=round(100 * row.completed / over, 1) if over else 0.0,
        )


def _readable(person: Person) -> list[ColumnElement[bool]]:
    """The missions that the person may read, with deleted ones: one may be the last of the page before."""
    return [] if person.may(Permission.READ_ALL_MISSIONS) else [MissionRow.requester == person.id]


def _where(person: Person, user_id: UUID | None) -> list[ColumnElement[bool]]:
    reads_all = person.may(Permission.READ_ALL_MISSIONS)
    if user_id not in (None, person.id) and not reads_all:
        raise ForbiddenError("You may not read another user's missions.")
    where: list[ColumnElement[bool]] = [MissionRow.hidden.is_(False)]
    if not reads_all or user_id is not None:
        where.append(MissionRow.requester == (user_id or person.id))
    return where


def _rank(by: SortBy) -> ColumnElement[Any]:
    match by:
        case SortBy.CREATED_AT:
            return MissionRow.id.expression  # UUIDv7: ids are in the order of creation
        case SortBy.STATUS:
            order = {status.value: place for place, status in enumerate(Status)}
            return case(order, value=MissionRow.status)
        case SortBy.PRIORITY:
            ranks = {priority.value: priority.rank for priority in Priority}
            return case(ranks, value=MissionRow.mission["priority"].astext)
