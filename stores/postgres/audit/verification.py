import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import FromClause, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from missions.audit_entry import AuditEntry, genesis
from stores.postgres.audit.tables import AuditHeadRow, AuditRow, SystemAuditHeadRow, SystemAuditRow
from stores.postgres.database import Database, schema_of

BATCH = 5_000
DROPPED = "audit.dropped"


@dataclass(frozen=True)
class Checkpoint:
    """The last entry of a chain at some time, stored where the database's owner cannot write."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Chain:
    """One chain: an organization's, or the installation's if `org` is None."""

    org: str | None = None

    @property
    def name(self) -> str:
        """The schema, which is part of every hash."""
        return "shared" if self.org is None else schema_of(self.org)

    @property
    def entries(self) -> FromClause:
        """The table of entries."""
        return (SystemAuditRow if self.org is None else AuditRow).__table__

    @property
    def head(self) -> FromClause:
        """The table with the head."""
        return (SystemAuditHeadRow if self.org is None else AuditHeadRow).__table__


@dataclass(frozen=True)
class Head:
    """A chain in the database: its last entry, and the last one that was dropped for its age."""

    seq: int
    hash: str
    floor_seq: int
    floor_hash: str


@dataclass(frozen=True)
class ChainFinding:
    """The first entry that was changed, and how it was detected."""

    seq: int
    reason: str


@dataclass(frozen=True)
class ChainVerification:
    """The number of entries read, and the first bad one, if any."""

    entries: int
    bad: ChainFinding | None


async def checkpoint(session: AsyncSession, chain: Chain) -> Checkpoint:
    """The chain's current last entry."""
    head = await _head(session, chain)
    return Checkpoint(head.seq, head.hash)


async def verify(
    database: Database, chain: Chain, checkpoints: Sequence[Checkpoint] = ()
) -> ChainVerification:
    """Reads the whole chain and computes every hash again from the entries' content.

    A cut tail is detected unless the head was set back with it. A chain that was rewritten from some entry on
    is detected by checkpoints only.
    """
    async with database.transaction(chain.org) as session:
        head = await _head(session, chain)
        last = await session.scalar(select(func.max(chain.entries.c.seq))) or head.floor_seq
    expected_hashes = {item.seq: item.hash for item in checkpoints}
    before, expected = head.floor_hash, head.floor_seq + 1
    proven = head.floor_seq == 0 and before == genesis(chain.name)
    if head.floor_seq == 0 and not proven:
        return ChainVerification(0, ChainFinding(1, "the chain does not start with its genesis hash"))
    read = 0
    while True:
        entries = await _batch(database, chain, expected, head.seq)
        for entry in entries:
            read += 1
            reason = _wrong(entry, chain, expected, before) or _contradicts_checkpoint(entry, expected_hashes)
            if reason is not None:
                return ChainVerification(read, ChainFinding(expected, reason))
            proven = proven or (entry.deed == DROPPED and _records_drop(entry, head))
            before, expected = entry.hash, expected + 1
        if len(entries) < BATCH:
            break
    if not proven:
        reason = "earlier entries are missing, and no entry records that they were dropped"
        return ChainVerification(read, ChainFinding(head.floor_seq, reason))
    return ChainVerification(
        read, _end(head, max(last, expected - 1), Checkpoint(expected - 1, before), expected_hashes)
    )


def _wrong(entry: AuditEntry, chain: Chain, expected: int, before: str) -> str | None:
    if entry.seq != expected:
        return (
            f"it is missing: entry {entry.seq} follows"
            if entry.seq > expected
            else "its number is used twice"
        )
    if entry.hash != entry.digest(chain.name):
        return "its content does not match its hash"
    if entry.previous != before:
        return "it does not follow from the entry before"
    return None


def _contradicts_checkpoint(entry: AuditEntry, expected_hashes: dict[int, str]) -> str | None:
    expected = expected_hashes.get(entry.seq)
    return None if expected in (None, entry.hash) else "a checkpoint has another hash"


def _records_drop(entry: AuditEntry, head: Head) -> bool:
    detail = json.loads(entry.detail)
    return (detail.get("lastSeq"), detail.get("lastHash")) == (head.floor_seq, head.floor_hash)


def _end(head: Head, last: int, read: Checkpoint, expected_hashes: dict[int, str]) -> ChainFinding | None:
    if read.seq < head.seq:
        return ChainFinding(read.seq + 1, f"it is missing; the head counts {head.seq} entries")
    if last > head.seq or read.hash != head.hash:
        return ChainFinding(head.seq + 1, "it is not in the head")
    if expected_hashes and max(expected_hashes) > head.seq:
        return ChainFinding(
            head.seq + 1, f"it is missing; a checkpoint counts {max(expected_hashes)} entries"
        )
    return None


async def _head(session: AsyncSession, chain: Chain) -> Head:
    head = chain.head.c
    row = (await session.execute(select(head.seq, head.hash, head.floor_seq, head.floor_hash))).one()
    return Head(*row)


async def _batch(database: Database, chain: Chain, begin: int, end: int) -> list[AuditEntry]:
    table = chain.entries
    query = select(table).where(table.c.seq >= begin, table.c.seq <= end)
    async with database.transaction(chain.org) as session:
        rows = await session.execute(query.order_by(table.c.seq).limit(BATCH))
        return [AuditEntry.model_construct(**row) for row in rows.mappings()]
