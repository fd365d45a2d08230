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
"""Routine entries: browsers renew a session every quarter of an hour. Hidden unless asked for."""
FACETS = ("deed", "actor", "result")
TOP = 50
BATCH = 500


@dataclass(frozen=True)
class TrailFilter:
    """A filter of entries. `subject` is a prefix; times are UTC, `until` is exclusive.

    Without `routine` renewed sessions are left out, unless `deed` asks for them.
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
        """The filter as SQL conditions."""
        equal = ("actor", "deed", "result", "ip", "correlation_id")
        conditions = [
            getattr(AuditRow, name) == value for name in equal if (value := getattr(self, name)) is not None
        ]
        if not self.routine and self.deed is None:
            conditions.append(AuditRow.deed != ROUTINE)
        if self.subject is not None:
            conditions.append(AuditRow.subject.startswith(self.subject, autoescape=True))
        if self.since is not None:
            conditions.append(AuditRow.at >= self.since)
        if self.until is not None:
            conditions.append(AuditRow.at < self.until)
        return conditions


class Facet(FrozenModel):
    """The number of entries with this value."""

    value: str
    count: int


@dataclass(frozen=True)
class TrailPage:
    """Entries, newest first, their total number, and the seq before which the next page starts."""

    entries: list[AuditEntry]
    total: int
    next_before: int | None
    facets: dict[str, tuple[Facet, ...]] = field(default_factory=dict)


class AuditTrailStore:
    """Reads an organization's trail, for its administrators and auditors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, person: Person, trail_filter: TrailFilter, *, limit: int, before: int | None
    ) -> TrailPage:
        """One page. The facets count all matching entries, most frequent first, at most 50 values each."""
        where = trail_filter.where()
        query = select(*AuditRow.__table__.columns).where(*where)
        if before is not None:
            query = query.where(AuditRow.seq < before)
        async with self._database.transaction(person.org) as session:
            total = await session.scalar(select(func.count()).select_from(AuditRow).where(*where))
            rows = await session.execute(query.order_by(AuditRow.seq.desc()).limit(limit + 1))
            entries = [AuditEntry.model_validate(dict(row)) for row in rows.mappings()]
            facets = {}
            for name in FACETS:
                column = getattr(AuditRow, name)
                counted = select(column, func.count().label("count")).where(*where).group_by(column)
                counts = await session.execute(counted.order_by(func.count().desc(), column).limit(TOP))
                facets[name] = tuple(Facet(value=value, count=count) for value, count in counts)
        next_before = entries[limit - 1].seq if len(entries) > limit else None
        return TrailPage(entries[:limit], total or 0, next_before, facets)

    async def export(self, person: Person, trail_filter: TrailFilter, form: str) -> AsyncIterator[AuditEntry]:
        """All matching entries, oldest first. The export is audited before the first entry."""
        async with self._database.transaction(person.org) as session:
            last = await session.scalar(select(func.max(AuditRow.seq))) or 0
            detail = {"format": form, "lastSeq": last} | {
                name: str(value) for name, value in vars(trail_filter).items() if value is not None
            }
            await audit(session, person.email, "audit.exported", f"org/{person.org}", detail)
        return self._entries(person.org, trail_filter, last)

    async def refused(self, person: Person, deed: str, reason: str, *, last: bool) -> None:
        """Audits a refused request; `last` says that further ones are not recorded for an hour."""
        detail = {"reason": reason} | ({"more": "not recorded for an hour"} if last else {})
        async with self._database.transaction(person.org) as session:
            await audit(session, person.email, "access.refused", deed, detail, result="refused")

    async def codec_link(self, person: Person) -> None:
        """Audits that the person gets a codec link to read Temporal's payloads."""
        async with self._database.transaction(person.org) as session:
            await audit(session, person.email, "codec.link", f"org/{person.org}")

    async def _entries(self, org: str, trail_filter: TrailFilter, last: int) -> AsyncIterator[AuditEntry]:
        after, where = 0, trail_filter.where()
        while True:
            range_ = AuditRow.seq > after, AuditRow.seq <= last
            query = select(*AuditRow.__table__.columns).where(*where, *range_)
            async with self._database.transaction(org) as session:
                rows = await session.execute(query.order_by(AuditRow.seq).limit(BATCH))
                entries = [AuditEntry.model_validate(dict(row)) for row in rows.mappings()]
            for entry in entries:
                yield entry
            if len(entries) < BATCH:
                return
            after = entries[-1].seq
