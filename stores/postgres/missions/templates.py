from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ChangedError, ConflictError, NotFoundError
from missions.person import Person
from missions.template import Draft, Template
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import TemplateRow


class TemplateStore:
    """Stores prompts for repeated missions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, org: str) -> list[Template]:
        """The organization's templates, by name."""
        async with self._database.transaction(org) as session:
            rows = await session.scalars(select(TemplateRow).order_by(TemplateRow.name))
            return [_template(row) for row in rows]

    async def one(self, org: str, template_id: UUID) -> Template:
        """The template. Raises NotFoundError."""
        async with self._database.transaction(org) as session:
            return _template(await _row(session, template_id))

    async def add(self, person: Person, draft: Draft) -> Template:
        """Adds a template. Raises ConflictError if another one has the name."""
        async with self._database.transaction(person.org) as session:
            row = TemplateRow(usage_count=0, version=0)
            session.add(row)
            return await _write(session, person, row, draft)

    async def change(self, person: Person, template_id: UUID, draft: Draft, seen: int | None) -> Template:
        """Changes a template if its version is still `seen` (None: any version).

        Raises NotFoundError, ChangedError, and ConflictError if another template has the name.
        """
        async with self._database.transaction(person.org) as session:
            row = await _row(session, template_id, locked=True)
            if seen is not None and row.version != seen:
                raise ChangedError(f"It is at version {row.version}.")
            return await _write(session, person, row, draft)

    async def delete(self, person: Person, template_id: UUID) -> None:
        """Deletes a template; missions that were started from it stay. Raises NotFoundError."""
        async with self._database.transaction(person.org) as session:
            row = await _row(session, template_id, locked=True)
            await session.delete(row)
            await audit(
                session, person.email, "template.deleted", f"template/{template_id}", {"name": row.name}
            )


async def count_use(session: AsyncSession, template_id: UUID) -> None:
    """Counts one use in the transaction that stores the mission; does nothing if the template is deleted."""
    counted = update(TemplateRow).where(TemplateRow.id == template_id)
    await session.execute(counted.values(usage_count=TemplateRow.usage_count + 1))


async def _row(session: AsyncSession, template_id: UUID, *, locked: bool = False) -> TemplateRow:
    query = select(TemplateRow).where(TemplateRow.id == template_id)
    row = await session.scalar(query.with_for_update() if locked else query)
    if row is None:
        raise NotFoundError("Unknown template.")
    return row


async def _write(session: AsyncSession, person: Person, row: TemplateRow, draft: Draft) -> Template:
    row.name, row.version = draft.name, row.version + 1
    row.draft = draft.model_dump(mode="json", by_alias=True)
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(f"Another template is called {draft.name}.") from error
    await session.refresh(row)
    detail = {"name": row.name, "version": row.version}
    await audit(session, person.email, "template.written", f"template/{row.id}", detail)
    return _template(row)


def _template(row: TemplateRow) -> Template:
    kept = {"id": row.id, "usageCount": row.usage_count, "version": row.version, "createdAt": row.created_at}
    return Template.model_validate(row.draft | kept)
