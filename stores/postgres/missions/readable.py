"""Which missions a person may read."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import NotFoundError
from missions.permissions import Permission
from missions.person import Person
from stores.postgres.approvals.rows import readable_approvals
from stores.postgres.approvals.tables import ApprovalRow
from stores.postgres.tables import MissionRow


async def readable(
    session: AsyncSession, person: Person, mission_id: UUID, requested: str = "mission"
) -> MissionRow:
    """The mission, if the person may read it.

    Raises NotFoundError, which names what was `requested`: it is the same for an unknown id.
    """
    row = await session.scalar(
        select(MissionRow).where(MissionRow.id == mission_id, *readable_missions(person))
    )
    if row is None:
        raise NotFoundError(f"Unknown {requested}.")
    return row


def readable_missions(person: Person) -> list[ColumnElement[bool]]:
    """The missions that the person owns, or all, or those with an approval that a decider may read."""
    reasons = [MissionRow.requester == person.id]
    if person.may(Permission.READ_ALL_MISSIONS):
        reasons.append(true())
    elif person.may(Permission.DECIDE_APPROVAL):
        reasons.append(exists().where(ApprovalRow.mission_id == MissionRow.id, readable_approvals(person)))
    return [MissionRow.hidden.is_(False), or_(*reasons)]
