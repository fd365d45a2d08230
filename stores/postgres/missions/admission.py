from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from missions.mission import Mission, Status
from stores.postgres.database import Database
from stores.postgres.missions.outbox import LEASE_S, Message, MessageKind
from stores.postgres.organizations.shares import running_limit

_UNDER_WAY = text(
    "SELECT count(*) FROM missions WHERE status = 'RUNNING' OR (status = 'PENDING' AND NOT EXISTS"
    " (SELECT FROM shared.outbox WHERE mission_id = missions.id AND kind = 'start' AND admitted_at IS NULL))"
)
_ADMIT = text(
    "UPDATE shared.outbox SET admitted_at = clock_timestamp(), attempts = attempts + 1,"
    " due_at = clock_timestamp() + :lease * interval '1 second' WHERE id IN"
    " (SELECT id FROM shared.outbox WHERE org = :org AND kind = 'start' AND admitted_at IS NULL"
    " ORDER BY rank DESC, id LIMIT :free FOR UPDATE)"
    " RETURNING id, org, kind, mission_id, body, rank"
)
_WAITING_ORGS = text("SELECT DISTINCT org FROM shared.outbox WHERE kind = 'start' AND admitted_at IS NULL")
_WAITING = text(
    "SELECT count(*) FROM shared.outbox WHERE org = :org AND kind = 'start' AND admitted_at IS NULL"
)
_AHEAD = text(
    "SELECT count(other.id) FROM shared.outbox mine LEFT JOIN shared.outbox other"
    " ON other.org = mine.org AND other.kind = 'start' AND other.admitted_at IS NULL"
    " AND (other.rank, -other.id) > (mine.rank, -mine.id)"
    " WHERE mine.mission_id = :mission AND mine.kind = 'start' AND mine.admitted_at IS NULL GROUP BY mine.id"
)


class AdmissionStore:
    """Limits how many missions of an organization run at once, and decides which starts next.

    `default` is the maximum of a first organization without its own, from which founded ones have a share; a
    suspended organization has 0.

    The highest priority starts first, then the oldest mission. A mission that waits for an approval does not
    count. It continues as soon as it is approved, even if that exceeds the limit by one.
    """

    def __init__(self, database: Database, default: int) -> None:
        self._database = database
        self._default = default

    async def admit(self, org: str) -> list[Message]:
        """Leases the starts that are within the limit. Concurrent callers wait for each other."""
        async with self._database.transaction(org) as session:
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
            await session.execute(lock, {"key": f"admission/{org}"})
            free = await running_limit(session, org, self._default) - await _under_way(session)
            if free <= 0:
                return []
            values = {"org": org, "free": free, "lease": 2 * LEASE_S}
            rows = (await session.execute(_ADMIT, values)).all()
            return [
                Message(row.id, row.org, MessageKind(row.kind), row.mission_id, row.body)
                for row in sorted(rows, key=lambda row: (-row.rank, row.id))
            ]

    async def waiting_orgs(self) -> list[str]:
        """The organizations with a mission that waits to start."""
        async with self._database.transaction() as session:
            return list((await session.scalars(_WAITING_ORGS)).all())

    async def maximum(self, org: str) -> int:
        """How many of the organization's missions may run at once."""
        async with self._database.transaction() as session:
            return await running_limit(session, org, self._default)

    async def waiting(self, org: str) -> int:
        """How many of the organization's missions wait to start."""
        async with self._database.transaction(org) as session:
            return int((await session.execute(_WAITING, {"org": org})).scalar_one())

    async def waiting_for(self, org: str, mission: Mission) -> str | None:
        """Why a pending mission has not started, in words; None for any other mission."""
        if mission.status is not Status.PENDING:
            return None
        async with self._database.transaction(org) as session:
            ahead = await _ahead(session, mission.id)
            if ahead is None:
                return "It is its turn: it begins as soon as Temporal and a worker take it up."
            running, maximum = await _under_way(session), await running_limit(session, org, self._default)
        others = "none is" if ahead == 0 else "1 is" if ahead == 1 else f"{ahead} are"
        return f"{running} of {maximum} missions run; {others} ahead of it."


async def _under_way(session: AsyncSession) -> int:
    return int((await session.execute(_UNDER_WAY)).scalar_one())


async def _ahead(session: AsyncSession, mission_id: UUID) -> int | None:
    """How many missions start before this one; None if it does not wait to start."""
    ahead = (await session.execute(_AHEAD, {"mission": mission_id})).scalar_one_or_none()
    return None if ahead is None else int(ahead)
