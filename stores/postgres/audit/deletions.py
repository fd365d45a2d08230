"""What the trails record about other organizations' trails: which must exist, and how a deleted one ended."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, text

from stores.postgres.audit.tables import AuditRow
from stores.postgres.audit.verification import (
    DROPPED,
    Chain,
    ChainFinding,
    ChainVerification,
    Checkpoint,
    verify,
)
from stores.postgres.database import Database

CREATED, DELETED, TRAIL_DROPPED = "org.created", "org.deleted", "org.trail.dropped"
LEAST_DAYS = 31
"""A trail is kept for this many days at least; AUDIT_DAYS cannot be fewer."""


@dataclass(frozen=True)
class RecordedTrail:
    """An organization's trail, as its founder's trail records it.

    `last` is the last entry at the deletion. `deleted_at` is None while the organization exists, and
    `dropped_at` while the trail is kept, which is for `keep_days` after the deletion.
    """

    org: str
    last: Checkpoint | None = None
    deleted_at: datetime | None = None
    dropped_at: datetime | None = None
    keep_days: int = LEAST_DAYS

    @property
    def dropped_too_early(self) -> bool:
        """Whether the trail was dropped before it was kept for its time, or before the deletion."""
        if self.deleted_at is None or self.dropped_at is None:
            return self.dropped_at is not None
        days = max(LEAST_DAYS, self.keep_days)
        return self.dropped_at - self.deleted_at < timedelta(days=days)


async def recorded_trails(database: Database, founders: Iterable[str]) -> dict[str, RecordedTrail]:
    """The trails that the founders' trails record, by slug. Takes the owner's database.

    Organizations that an older version deleted are left out: it dropped their trails at once.
    """
    trails: dict[str, RecordedTrail] = {}
    query = select(AuditRow.deed, AuditRow.subject, AuditRow.at, AuditRow.detail)
    query = query.where(AuditRow.deed.in_((CREATED, DELETED, TRAIL_DROPPED))).order_by(AuditRow.seq)
    for founder in founders:
        async with database.transaction(founder) as session:
            for row in await session.execute(query):
                org, detail = row.subject.removeprefix("org/"), json.loads(row.detail)
                trail = trails.get(org, RecordedTrail(org))
                if row.deed == CREATED:
                    trails[org] = trail
                elif "lastSeq" not in detail:
                    trails.pop(org, None)
                elif row.deed == DELETED:
                    last = Checkpoint(int(detail["lastSeq"]), str(detail["lastHash"]))
                    trails[org] = replace(trail, last=last, deleted_at=row.at)
                else:
                    days = int(detail["keepDays"])
                    trails[org] = replace(trail, dropped_at=row.at, keep_days=days)
    return trails


async def is_there(database: Database, chain: Chain) -> bool:
    """Whether the chain's tables exist."""
    table = text("SELECT to_regclass(:table) IS NOT NULL")
    async with database.transaction() as session:
        return bool(await session.scalar(table, {"table": f"{chain.name}.audit_head"}))


async def verify_recorded(
    database: Database, trail: RecordedTrail, checkpoints: Iterable[Checkpoint] = ()
) -> ChainVerification:
    """Verifies the trail of an organization as far as it must exist, and that it ends as recorded."""
    chain = Chain(trail.org)
    if not await is_there(database, chain):
        return ChainVerification(0, _absence(trail))
    last = () if trail.last is None else (trail.last,)
    verification = await verify(database, chain, (*checkpoints, *last))
    if verification.bad is not None or trail.last is None:
        return verification
    later = select(AuditRow.seq).where(AuditRow.seq > trail.last.seq, AuditRow.deed != DROPPED)
    async with database.transaction(trail.org) as session:
        added = await session.scalar(later.order_by(AuditRow.seq).limit(1))
    if added is not None:
        return replace(
            verification, bad=ChainFinding(added, "it was added after the organization was deleted")
        )
    return verification


def _absence(trail: RecordedTrail) -> ChainFinding | None:
    """What is wrong with a chain that does not exist any more."""
    if trail.dropped_at is None:
        return ChainFinding(1, "the chain is gone, and no entry of its founder records that it was dropped")
    if trail.dropped_too_early:
        return ChainFinding(1, "the chain is gone: it was dropped before its time")
    return None
