from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from stores.postgres.tables import MembershipRow, PersonRow


async def belongs_only_to(session: AsyncSession, person: UUID, org: str) -> bool:
    """Whether the person is a member of this organization and of no other, disabled and suspended included.

    What a person signs in with is the same in all their organizations, so the administrators of one may
    change it only then. Locks the person: nobody joins another organization until the transaction ends.
    """
    await session.execute(select(PersonRow.id).where(PersonRow.id == person).with_for_update())
    orgs = await session.scalars(select(MembershipRow.org).where(MembershipRow.person_id == person))
    return orgs.all() == [org]
