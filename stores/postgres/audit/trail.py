from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from missions.audit_entry import AuditEntry
from missions.frozen_model import FrozenModel
from missions.person import Person
from stores.postgres.audit.entries import audit
from stores.postgres.audit.tables import AuditRow
from stores.postgres.database import Database

ROUTINE = "session.renewed"
"""What browsers do each quarter of an hour for whoever is signed in: kept, and shown to who asks for it."""
FACETS = ("deed", "actor", "result")
TOP = 50
BATCH = 500


@dataclass(frozen=True)
class Sought:
    """Which entries. `subject` also finds what begins with it; times are UTC, `until` is not included.

    Without `routine` the renewals of sessions are left out, unless they are what is sought.
    """

    actor: str | None = None
    deed: str | None = None
    subject: str | None = None
    result: str | None = None
    ip: str | None = None
    correlation_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    routine: bool = True

    def where(self) -> list[ColumnElement[bool]]:
        """As conditions."""
        equal = ("actor", "deed", "result", "ip", "correlation_id")
        found = [
            getattr(AuditRow, name) == value for name in equal if (value := getattr(self, name)) is not None
        ]
        if not self.routine and self.deed is None:
            found.append(AuditRow.deed != ROUTINE)
        if self.subject is not None:
            found.append(AuditRow.subject.startswith(self.subject, autoescape=True))
        if self.since is not None:
            found.append(AuditRow.at >= self.since)
        if self.until is not None:
            found.append(AuditRow.at < self.until)
        return found


class Facet(FrozenModel):
    """How many entries have this value."""

    value: str
    count: int


@dataclass(frozen=True)
class TrailPage:
    """Entries, newest first, how many there are in all, and the seq before which the next page begins."""

    entries: list[AuditEntry]
    total: int
    next_before: int | None
    facets: dict[str, tuple[Facet, ...]] = field(default_factory=dict)


class AuditTrailStore:
    """What administrators and auditors read of their organization's trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, person: Person, sought: Sought, *, limit: int, before: int | None) -> TrailPage:
        """One page; the facets count over all that is sought, the most frequent first, at most 50 each."""
        where = sought.where()
        query = select(*AuditRow.__table__.columns).where(*where)
        if before is not None:
            query = query.where(AuditRow.seq < before)
        async with self._database.transaction(person.org) as session:
            total = await session.scalar(select(func.count()).select_from(AuditRow).where(*where))
            rows = await session.execute(query.order_by(AuditRow.seq.desc()).limit(limit + 1))
            found = [AuditEntry.model_validate(dict(row)) for row in rows.mappings()]
            facets = {}
            for name in FACETS:
                column = getattr(AuditRow, name)
                counted = select(column, func.count().label("count")).where(*where).group_by(column)
                told = await session.execute(counted.order_by(func.count().desc(), column).limit(TOP))
                facets[name] = tuple(Facet(value=value, count=count) for value, count in told)
        following = found[limit - 1].seq if len(found) > limit else None
        return TrailPage(found[:limit], total or 0, following, facets)

    async def export(self, person: Person, sought: Sought, form: str) -> AsyncIterator[AuditEntry]:
        """All that is sought as it is now, oldest first. Who took it is audited before the first entry."""
        async with self._database.transaction(person.org) as session:
            last = await session.scalar(select(func.max(AuditRow.seq))) or 0
            told = {"format": form, "lastSeq": last} | {
                name: str(value) for name, value in vars(sought).items() if value is not None
            }
            await audit(session, person.email, "audit.exported", f"org/{person.org}", told)
        return self._entries(person.org, sought, last)

    async def refused(self, person: Person, deed: str, reason: str, *, last: bool) -> None:
        """Tells that somebody was refused what they may not do; `last` where more is not told for now."""
        told = {"reason": reason} | ({"more": "is not told for an hour"} if last else {})
        async with self._database.transaction(person.org) as session:
            await audit(session, person.email, "access.refused", deed, told, result="refused")

    async def codec_link(self, person: Person) -> None:
        """Tells that somebody is about to read what Temporal keeps."""
        async with self._database.transaction(person.org) as session:
            await audit(session, person.email, "codec.link", f"org/{person.org}")

    async def _entries(self, org: str, sought: Sought, last: int) -> AsyncIterator[AuditEntry]:
        after, where = 0, sought.where()
        while True:
            here = AuditRow.seq > after, AuditRow.seq <= last
            query = select(*AuditRow.__table__.columns).where(*where, *here)
            async with self._database.transaction(org) as session:
                rows = await session.execute(query.order_by(AuditRow.seq).limit(BATCH))
                entries = [AuditEntry.model_validate(dict(row)) for row in rows.mappings()]
            for entry in entries:
                yield entry
            if len(entries) < BATCH:
                return
            after = entries[-1].seq
