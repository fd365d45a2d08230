from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg
from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, ForbiddenError, NotFoundError, StatusError
from missions.organization import Organization, OrgStatus
from missions.permissions import Role
from missions.person import Person
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database, schema_of
from stores.postgres.tables import MembershipRow, OrgRow

_FOUND = text("SELECT shared.found_org(:slug, :name, :parent)")
_REMOVE = text("SELECT shared.remove_org(:slug)")


@dataclass(frozen=True)
class OrgChange:
    """A change; None keeps a value. The maximum counts only if `limited`."""

    name: str | None = None
    max_concurrent_missions: int | None = None
    limited: bool = False


class OrganizationStore:
    """The organizations. Administrators see their own and those that it founded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def slugs(self, *statuses: OrgStatus) -> list[str]:
        """The slugs of organizations in one of these states, sorted; by default all that are not deleted."""
        wanted = statuses or (OrgStatus.ACTIVE, OrgStatus.SUSPENDED)
        query = select(OrgRow.slug).where(OrgRow.status.in_([status.value for status in wanted]))
        async with self._database.transaction() as session:
            return list((await session.scalars(query.order_by(OrgRow.slug))).all())

    async def is_first(self, slug: str) -> bool:
        """Whether this is the installation's first organization, which no other one founded."""
        query = select(OrgRow.slug).where(OrgRow.slug == slug, OrgRow.parent.is_(None))
        async with self._database.transaction() as session:
            return await session.scalar(query) is not None

    async def seen_by(self, person: Person) -> list[Organization]:
        """The person's own organization and, for administrators, those that it founded; by slug."""
        visible = OrgRow.slug == person.org
        if Role.ADMIN in person.roles:
            visible = or_(visible, OrgRow.parent == person.org)
        query = select(OrgRow).where(visible, OrgRow.status != OrgStatus.DELETED.value).order_by(OrgRow.slug)
        async with self._database.transaction() as session:
            return [_organization(row) for row in await session.scalars(query)]

    async def get(self, person: Person, slug: str) -> Organization:
        """One organization. Raises NotFoundError, also if the person may not see it."""
        for organization in await self.seen_by(person):
            if organization.slug == slug:
                return organization
        raise NotFoundError("Unknown organization.")

    async def found(self, person: Person, slug: str, name: str) -> Organization:
        """Creates schema, roles and tables, with the person as first administrator, in one transaction.

        Audited in the person's own organization. Raises ConflictError if the slug is or was taken.
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
            created = _organization(await session.get_one(OrgRow, slug))
            await audit(session, person.email, "org.created", f"org/{slug}", after=_json(created))
            return created

    async def change(self, person: Person, slug: str, requested: OrgChange) -> Organization:
        """Changes the name (own administrators or the founder's) or the maximum (the founder's only)."""
        async with self._database.transaction(person.org) as session:
            row = await _locked(session, person, slug)
            before = _organization(row)
            if requested.limited and row.parent not in (None, person.org):
                raise ForbiddenError(
                    "Only the founding organization may change how many missions run at once."
                )
            if requested.name is not None:
                row.name = requested.name
            if requested.limited:
                row.max_concurrent_missions = requested.max_concurrent_missions
            await session.flush()
            after = _organization(row)
            await audit(
                session, person.email, "org.changed", f"org/{slug}", before=_json(before), after=_json(after)
            )
            return after

    async def set_status(self, person: Person, slug: str, status: OrgStatus) -> Organization:
        """Suspends or resumes a founded organization. Raises StatusError if it already has the status."""
        async with self._database.transaction(person.org) as session:
            row = await _locked(session, person, slug)
            if row.parent != person.org:
                raise ForbiddenError("Only the founding organization may suspend or resume it.")
            if row.status == status.value:
                raise StatusError(f"The organization is already {row.status}.")
            before, row.status = row.status, status.value
            await session.flush()
            action = "org.suspended" if status is OrgStatus.SUSPENDED else "org.resumed"
            old, new = {"status": before}, {"status": status.value}
            await audit(session, person.email, action, f"org/{slug}", before=old, after=new)
            return _organization(row)

    async def remove(self, person: Person, slug: str) -> None:
        """Drops a suspended organization's schema and memberships. Raises StatusError otherwise."""
        async with self._database.transaction(person.org) as session:
            row = await _locked(session, person, slug)
            if row.parent != person.org:
                raise ForbiddenError("Only the founding organization may delete it.")
            if row.status != OrgStatus.SUSPENDED.value:
                raise StatusError("Suspend the organization first: its missions must have stopped.")
            before = _organization(row)
            await session.execute(_REMOVE, {"slug": slug})
            await audit(session, person.email, "org.deleted", f"org/{slug}", before=_json(before))


async def _locked(session: AsyncSession, person: Person, slug: str) -> OrgRow:
    row = await session.scalar(select(OrgRow).where(OrgRow.slug == slug).with_for_update())
    visible = row is not None and person.org in (row.slug, row.parent)
    if row is None or not visible or row.status == OrgStatus.DELETED.value:
        raise NotFoundError("Unknown organization.")
    return row


def _organization(row: OrgRow) -> Organization:
    return Organization.model_validate(row, from_attributes=True)


def _json(org: Organization) -> dict[str, Any]:
    return org.model_dump(mode="json", by_alias=True)
