from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError
from stores.postgres.accounts.memberships import lock_memberships
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
    person = (await session.scalars(select(PersonRow).where(PersonRow.email == address))).one()
    # Of two parallel calls, the second one waits here, and sees the first one's membership.
    memberships = await lock_memberships(session, [person.id])
    if person.is_service or memberships[person.id]:
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
    invited = update(InvitationRow).where(InvitationRow.org == org, InvitationRow.used_at.is_(None))
    await session.execute(invited.values(expires_at=now))
    members = await session.scalars(select(MembershipRow.person_id).where(MembershipRow.org == org))
    # Invitations, people, links: the order in which their users lock them. Two organizations that are deleted
    # at once must not count each other's memberships.
    memberships = await lock_memberships(session, members.all())
    links = update(LinkRow).where(LinkRow.org == org, LinkRow.used_at.is_(None))
    await session.execute(links.values(expires_at=now))
    opened = update(SessionRow).where(SessionRow.org == org, SessionRow.revoked_at.is_(None))
    await session.execute(opened.values(revoked_at=now))
    await reset_people(session, [person_id for person_id, orgs in memberships.items() if orgs <= {org}])


async def reset_people(session: AsyncSession, people: Collection[UUID]) -> None:
    """Removes everything with which these people could sign in, in the caller's transaction."""
    await remove_factors(session, people)
    keys = update(ApiKeyRow).where(ApiKeyRow.person_id.in_(people), ApiKeyRow.revoked_at.is_(None))
    await session.execute(keys.values(revoked_at=func.clock_timestamp()))
    await session.execute(update(PersonRow).where(PersonRow.id.in_(people)).values(password_hash=None))


async def remove_factors(
    session: AsyncSession, people: Collection[UUID], *, keep_totp: bool = False
) -> dict[str, int]:
    """Removes every proof of identity but the password, in the caller's transaction; returns their numbers.

    Passkeys, OpenID identities, pending challenges and the second factor are deleted; open links expire;
    sessions and access tokens end. `keep_totp` leaves the second factor.
    """
    proofs: list[type[PasskeyRow | IdentityRow | ChallengeRow | TotpRow]] = [
        PasskeyRow,
        IdentityRow,
        ChallengeRow,
    ]
    if not keep_totp:
        proofs.append(TotpRow)
    removed = {}
    for proof in proofs:
        rows = delete(proof).where(proof.person_id.in_(people)).returning(proof.person_id)
        removed[proof.__tablename__] = len((await session.scalars(rows)).all())
    now = func.clock_timestamp()
    links = update(LinkRow).where(LinkRow.person_id.in_(people), LinkRow.used_at.is_(None))
    await session.execute(links.values(expires_at=now))
    sessions = update(SessionRow).where(SessionRow.person_id.in_(people), SessionRow.revoked_at.is_(None))
    await session.execute(sessions.values(revoked_at=now))
    await end_sign_ins(session, people)
    return removed


async def end_sign_ins(session: AsyncSession, people: Collection[UUID]) -> None:
    """Invalidates the access tokens of these people, and the logins that are in progress."""
    change = update(PersonRow).where(PersonRow.id.in_(people))
    await session.execute(change.values(version=PersonRow.version + 1))
