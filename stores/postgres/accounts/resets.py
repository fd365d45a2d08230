from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError
from stores.postgres.accounts.people import canonical
from stores.postgres.accounts.tables import (
    ApiKeyRow,
    ChallengeRow,
    IdentityRow,
    InvitationRow,
    LinkRow,
    PasskeyRow,
    TotpRow,
)
from stores.postgres.tables import MembershipRow, PersonRow, SessionRow


async def fresh_person(session: AsyncSession, email: str, name: str, password_hash: str | None) -> UUID:
    """Creates or resets the person of this address, in the caller's transaction; returns their id.

    They must belong nowhere. Whatever an earlier registration or a deleted organization left proves nothing.
    Raises ConflictError for a member of an organization, and for a service account.
    """
    address = canonical(email)
    created = insert(PersonRow).values(email=address, name=name)
    await session.execute(created.on_conflict_do_nothing(index_elements=["email"]))
    # Of two parallel calls, the second one waits here, and sees the first one's membership.
    locked = select(PersonRow).where(PersonRow.email == address).with_for_update()
    person = (await session.scalars(locked.execution_options(populate_existing=True))).one()
    membership = select(MembershipRow.org).where(MembershipRow.person_id == person.id).limit(1)
    if person.is_service or await session.scalar(membership) is not None:
        raise ConflictError("This address belongs to a member of an organization: invite them.")
    await reset_people(session, [person.id])
    change = update(PersonRow).where(PersonRow.id == person.id)
    await session.execute(change.values(name=name, password_hash=password_hash))
    return person.id


async def release_members(session: AsyncSession, org: str) -> None:
    """Ends what people hold of an organization, in the caller's transaction, before it is removed.

    Its sessions, links and invitations end. Members who belong to no other organization are reset.
    """
    now = func.clock_timestamp()
    for table in (LinkRow, InvitationRow):
        unused = update(table).where(table.org == org, table.used_at.is_(None))
        await session.execute(unused.values(expires_at=now))
    opened = update(SessionRow).where(SessionRow.org == org, SessionRow.revoked_at.is_(None))
    await session.execute(opened.values(revoked_at=now))
    members = select(MembershipRow.person_id).where(MembershipRow.org == org)
    people = select(PersonRow.id).where(PersonRow.id.in_(members)).order_by(PersonRow.id)
    # Two organizations that are deleted at once must not count each other's memberships.
    locked = (await session.scalars(people.with_for_update())).all()
    others = select(MembershipRow.person_id).where(MembershipRow.org != org)
    staying = set(await session.scalars(others.where(MembershipRow.person_id.in_(locked))))
    await reset_people(session, [person_id for person_id in locked if person_id not in staying])


async def reset_people(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Removes everything with which these people could sign in, in the caller's transaction.

    Afterwards they have no password, second factor or API key, and what `end_other_proofs` ends is gone.
    """
    await end_other_proofs(session, people)
    await session.execute(delete(TotpRow).where(TotpRow.person_id.in_(people)))
    keys = update(ApiKeyRow).where(ApiKeyRow.person_id.in_(people), ApiKeyRow.revoked_at.is_(None))
    await session.execute(keys.values(revoked_at=func.clock_timestamp()))
    change = update(PersonRow).where(PersonRow.id.in_(people))
    await session.execute(change.values(password_hash=None, version=PersonRow.version + 1))


async def end_other_proofs(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Removes every proof of identity but the password and the second factor, and ends the sessions.

    Passkeys, OpenID identities and pending challenges are deleted; open links expire.
    """
    for proof in (PasskeyRow, IdentityRow, ChallengeRow):
        await session.execute(delete(proof).where(proof.person_id.in_(people)))
    now = func.clock_timestamp()
    links = update(LinkRow).where(LinkRow.person_id.in_(people), LinkRow.used_at.is_(None))
    await session.execute(links.values(expires_at=now))
    sessions = update(SessionRow).where(SessionRow.person_id.in_(people), SessionRow.revoked_at.is_(None))
    await session.execute(sessions.values(revoked_at=now))
