from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from missions.organization import OrgStatus
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow


def active_memberships() -> Select[PersonRow, MembershipRow]:
    """People with each membership through which they may come in. The only query that decides this.

    A membership is active unless the member is disabled, or the organization suspended or deleted. Every way
    in reads it: password, passkey, OpenID, refresh token, API key, and each request, socket event and stream.
    """
    active = (OrgRow.slug == MembershipRow.org) & (OrgRow.status == OrgStatus.ACTIVE.value)
    joined = select(PersonRow, MembershipRow).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    return joined.join(OrgRow, active).where(MembershipRow.disabled_at.is_(None))


async def lock_memberships(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The organizations of each of these people, disabled and suspended included.

    Locks the people, in the order of their ids: until the transaction ends, nobody else resets them, adds a
    proof of their identity, opens a session, or makes them a member.
    """
    ids = select(PersonRow.id).where(PersonRow.id.in_(people)).order_by(PersonRow.id)
    locked = (await session.scalars(ids.with_for_update())).all()
    query = select(MembershipRow.person_id, MembershipRow.org).where(MembershipRow.person_id.in_(locked))
    organizations: defaultdict[UUID, set[str]] = defaultdict(set)
    for person_id, org in (await session.execute(query)).all():
        organizations[person_id].add(org)
    return {person_id: frozenset(organizations[person_id]) for person_id in locked}


async def belongs_only_to(session: AsyncSession, person: UUID, org: str) -> bool:
    """Whether the person is a member of this organization and of no other; locks as `lock_memberships`.

    What a person signs in with is the same in all their organizations, so the administrators of one may
    change it only then.
    """
    memberships = await lock_memberships(session, [person])
    return memberships.get(person) == frozenset({org})
