import asyncio
import io
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from typing import IO, Any

from sqlalchemy import Table, select, tuple_

from missions.audit_entry import masked
from missions.person import Person
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, Org, PersonRow

BATCH = 500
IN_MEMORY = 8 * 1024 * 1024
AUDIT = "audit_entries"
"""Exported unmasked: masked entries would not verify, and their secrets were masked when written."""


class OrganizationExport:
    """Exports all tables of an organization for its administrators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def archive(self, person: Person) -> IO[bytes]:
        """A zip with `<table>.jsonl` for each table, at its start; the caller closes it. Audited."""
        async with self._database.transaction(person.org) as session:
            await audit(session, person.email, "org.exported", f"org/{person.org}")
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the caller reads it
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in Org.metadata.sorted_tables:
                with archive.open(f"{table.name}.jsonl", "w") as member, io.TextIOWrapper(member) as lines:
                    async for batch in self._rows(person.org, table):
                        await asyncio.to_thread(lines.write, _lines(batch, exact=table.name == AUDIT))
            people = json.dumps(await self._people(person.org), default=str, indent=1)
            archive.writestr("people.json", people)
        file.seek(0)
        return file

    async def _rows(self, org: str, table: Table) -> AsyncIterator[list[dict[str, Any]]]:
        key = tuple_(*table.primary_key.columns)
        after: tuple[Any, ...] | None = None
        while True:
            query = select(table).order_by(*table.primary_key.columns).limit(BATCH)
            if after is not None:
                query = query.where(key > after)
            async with self._database.transaction(org) as session:
                rows = [dict(row) for row in (await session.execute(query)).mappings()]
            if rows:
                yield rows
            if len(rows) < BATCH:
                return
            after = tuple(rows[-1][column.name] for column in table.primary_key.columns)

    async def _people(self, org: str) -> list[dict[str, Any]]:
        query = select(PersonRow.id, PersonRow.email, PersonRow.name, MembershipRow.roles)
        joined = query.join(MembershipRow, MembershipRow.person_id == PersonRow.id)
        async with self._database.transaction() as session:
            rows = await session.execute(joined.where(MembershipRow.org == org).order_by(PersonRow.id))
            return [dict(row) for row in rows.mappings()]


def _lines(rows: list[dict[str, Any]], *, exact: bool) -> str:
    return "".join(json.dumps(row if exact else masked(row), default=str) + "\n" for row in rows)
