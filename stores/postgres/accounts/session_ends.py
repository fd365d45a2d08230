"""Ends sessions in the caller's transaction, and checks that one is still open."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import UnauthenticatedError
from missions.person import Person
from stores.postgres.audit.entries import audit
from stores.postgres.tables import SessionRow


async def end_sessions(
    session: AsyncSession,
    person: Person,
    actor: str,
    only: UUID | None = None,
    but: UUID | None = None,
    org: str | None = None,
) -> int:
    """Ends sessions as `close_sessions` does, audits it, and returns their number."""
    ids = await close_sessions(session, person, only, but, org)
    if ids:
        await audit(session, actor, "session.ended", f"user/{person.id}", {"sessions": ids})
    return len(ids)


async def close_sessions(
    session: AsyncSession,
    person: Person,
    only: UUID | None = None,
    but: UUID | None = None,
    org: str | None = None,
) -> list[str]:
    """Ends the person's sessions in the caller's transaction; returns their ids.

    One session, all but one, or those in one organization: its administrators may end no others.
    """
    statement = update(SessionRow).where(SessionRow.person_id == person.id, SessionRow.revoked_at.is_(None))
    if org is not None:
        statement = statement.where(SessionRow.org == org)
    if only is not None:
        statement = statement.where(SessionRow.id == only)
    if but is not None:
        statement = statement.where(SessionRow.id != but)
    ended = statement.values(revoked_at=func.clock_timestamp()).returning(SessionRow.id)
    return [str(session_id) for session_id in (await session.scalars(ended)).all()]


async def require_open_session(session: AsyncSession, session_id: UUID | None) -> None:
    """Raises UnauthenticatedError if the session has ended while the request waited.

    Called after a proof of identity was inserted: the insert waits for a transaction that locks the person
    and removes their proofs, and must not add another one afterwards.
    """
    opened = select(SessionRow.id).where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None))
    if await session.scalar(opened) is None:
        raise UnauthenticatedError("The session has ended.")
