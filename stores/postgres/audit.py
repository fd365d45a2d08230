import hashlib
import json
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from stores.postgres.tables import AuditHeadRow, AuditRow

GENESIS = "0" * 64


def entry_hash(row: AuditRow, before: str) -> str:
    """SHA-256 (hex) over the entry's content and the hash of the entry before."""
    content = [row.seq, row.at.isoformat(), row.actor, row.deed, row.subject, row.detail, before]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def audit(session: AsyncSession, actor: str, deed: str, subject: str, detail: dict[str, Any]) -> None:
    """Appends one entry in the caller's transaction. The head is the last lock that is taken."""
    head = await session.scalar(select(AuditHeadRow).where(AuditHeadRow.id == 1).with_for_update())
    if head is None:
        raise RuntimeError("The audit chain has no head: the schema is not migrated.")
    at = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    entry = AuditRow(
        seq=head.seq + 1, at=at, actor=actor, deed=deed, subject=subject, detail=detail, previous=head.hash
    )
    entry.hash = entry_hash(entry, head.hash)
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash


async def first_bad_entry(session: AsyncSession) -> int | None:
    """The seq of the first entry that does not follow from the one before, or None."""
    before, expected = GENESIS, 1
    async for row in await session.stream_scalars(select(AuditRow).order_by(AuditRow.seq)):
        digest = entry_hash(row, before)
        if row.seq != expected or row.previous != before or row.hash != digest:
            return expected
        before, expected = row.hash, expected + 1
    head = await session.scalar(select(AuditHeadRow))
    return None if head is not None and (head.seq, head.hash) == (expected - 1, before) else expected
