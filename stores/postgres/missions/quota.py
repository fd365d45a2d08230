"""How many missions a person may start in an hour, in all their organizations together."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import TooManyRequestsError
from missions.mission import Quota
from missions.person import Person
from stores.postgres.tables import MissionStartRow

_STARTED = text(
    "SELECT count(*), ceil(extract(epoch FROM min(at) + interval '1 hour' - clock_timestamp()))"
    " FROM (SELECT at FROM shared.mission_starts WHERE person_id = :person"
    " AND at > clock_timestamp() - interval '1 hour' ORDER BY at DESC LIMIT :most) AS newest"
)
_OLD = text(
    "DELETE FROM shared.mission_starts WHERE person_id = :person"
    " AND at <= clock_timestamp() - interval '1 hour'"
)


async def quota_of(session: AsyncSession, person: Person, per_hour: int) -> Quota:
    """How many missions the person may still start in this hour, in any organization."""
    count, wait_s = (await session.execute(_STARTED, {"person": person.id, "most": per_hour})).one()
    reopens = max(1, int(wait_s)) if count >= per_hour else None
    return Quota(per_hour=per_hour, left=max(0, per_hour - count), reopens_in_s=reopens)


async def count_start(session: AsyncSession, person: Person, mission_id: UUID, per_hour: int) -> None:
    """Counts a start in the transaction that inserts the mission. Raises TooManyRequestsError.

    The caller holds the person's lock, so that concurrent starts are counted one after the other.
    """
    quota = await quota_of(session, person, per_hour)
    if quota.reopens_in_s is not None:
        raise TooManyRequestsError(f"{per_hour} missions an hour.", retry_after_s=quota.reopens_in_s)
    await session.execute(_OLD, {"person": person.id})
    session.add(MissionStartRow(mission_id=mission_id, person_id=person.id))
