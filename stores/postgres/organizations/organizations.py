from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg
from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, ForbiddenError, NotFoundError, StatusError
from missions.organization import Organization, OrgStatus
from missions.person import Person, Role
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database, schema_of
from stores.postgres.tables import MembershipRow, OrgRow

_FOUND = text("SELECT shared.found_org(:slug, :name, :parent)")
_REMOVE = text("SELECT shared.remove_org(:slug)")


@dataclass(frozen=True)
class OrgChange:
    """What is changed; None leaves it. The maximum is a change only where `limited`."""

    name: str | None = None
    max_concurrent_missions: int | None = None
    limited: bool = False


class OrganizationStore:
    """The installation's organizations. An administrator sees their own and those that it founded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def slugs(self, *statuses: OrgStatus) -> list[str]:
        """Of every organization in one of these states, in order; without any: that is not deleted."""
        wanted = statuses or (OrgStatus.ACTIVE, OrgStatus.SUSPENDED)
        query = select(OrgRow.slug).where(OrgRow.status.in_([status.value for status in wanted]))
        async with self._database.transaction() as session:
            return list((await session.scalars(query.order_by(OrgRow.slug))).all())

    async def seen_by(self, person: Person) -> list[Organization]:
        """The person's own organization and, for administrators, those that it founded; by slug."""
        mine = OrgRow.slug == person.org
        if Role.ADMIN in person.roles:
            mine = or_(mine, OrgRow.parent == person.org)
        query = select(OrgRow).where(mine, OrgRow.status != OrgStatus.DELETED.value).order_by(OrgRow.slug)
        async with self._database.transaction() as session:
            return [_told(row) for row in await session.scalars(query)]

    async def get(self, person: Person, slug: str) -> Organization:
        """Raises NotFoundError also for what the person may not see."""
        found = [one for one in await self.seen_by(person) if one.slug == slug]
        if not found:
            raise NotFoundError("Unknown organization.")
        return found[0]

    async def found(self, person: Person, slug: str, name: str) -> Organization:
        """Makes its schema, roles and tables, with the person as its first administrator, in one transaction.

        Audited in the person's own organization. Raises ConflictError where the slug is or was taken.
        """
        schema_of(slug)
        async with self._database.transaction(person.org) as session:
            try:
                await session.execute(_FOUND, {"slug": slug, "name": name, "parent": person.org})
            except DBAPIError as error:
                if isinstance(error.orig, pg.UniqueViolation | pg.DuplicateSchema):
                    raise ConflictError("This name is taken.") from error
                raise
            first = insert(MembershipRow).values(person_id=person.id, org=slug, roles=[Role.ADMIN.value])
            await session.execute(first)
            made = _told(await session.get_one(OrgRow, slug))
            await audit(session, person.email, "org.created", f"org/{slug}", after=_json(made))
            return made

    async def change(self, person: Person, slug: str, wanted: OrgChange) -> Organization:
        """Its name, by its own administrators or the founder's; its maximum by the founder's only."""
        async with self._database.transaction(person.org) as session:
            row = await _locked(session, person, slug)
            before = _told(row)
            if wanted.limited and row.parent not in (None, person.org):
                raise ForbiddenError("Only who founded it changes how many missions run at once.")
            if wanted.name is not None:
                row.name = wanted.name
            if wanted.limited:
                row.max_concurrent_missions = wanted.max_concurrent_missions
            await session.flush()
            after = _told(row)
            await audit(
                session, person.email, "org.changed", f"org/{slug}", before=_json(before), after=_json(after)
            )
            return after

    async def set_status(self, person: Person, slug: str, status: OrgStatus) -> Organization:
        """Suspends or resumes what the person's organization founded. StatusError where it is so already."""
        async with self._database.transaction(person.org) as session:
            row = await _locked(session, person, slug)
            if row.parent != person.org:
                raise ForbiddenError("Only who founded it suspends or resumes it.")
            if row.status == status.value:
                raise StatusError(f"It is {row.status}.")
            before, row.status = row.status, status.value
            await session.flush()
            deed = "org.suspended" if status is OrgStatus.SUSPENDED else "org.resumed"
            old, new = {"status": before}, {"status": status.value}
            await audit(session, person.email, deed, f"org/{slug}", before=old, after=new)
            return _told(row)

    async def remove(self, person: Person, slug: str) -> None:
        """Drops a suspended organization's schema and memberships; its slug stays taken. StatusError."""
        async with self._database.transaction(person.org) as session:
            row = await _locked(session, person, slug)
            if row.parent != person.org:
                raise ForbiddenError("Only who founded it deletes it.")
            if row.status != OrgStatus.SUSPENDED.value:
                raise StatusError("Suspend it first: its missions must have stopped.")
            before = _told(row)
            await session.execute(_REMOVE, {"slug": slug})
            await audit(session, person.email, "org.deleted", f"org/{slug}", before=_json(before))


async def _locked(session: AsyncSession, person: Person, slug: str) -> OrgRow:
    row = await session.scalar(select(OrgRow).where(OrgRow.slug == slug).with_for_update())
    seen = row is not None and person.org in (row.slug, row.parent)
    if row is None or not seen or row.status == OrgStatus.DELETED.value:
        raise NotFoundError("Unknown organization.")
    return row


def _told(row: OrgRow) -> Organization:
    return Organization.model_validate(row, from_attributes=True)


def _json(org: Organization) -> dict[str, Any]:
    return org.model_dump(mode="json", by_alias=True)
