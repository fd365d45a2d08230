from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg
from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StatusError,
    TooManyRequestsError,
)
from missions.organization import DEFAULT_MAXIMUM, Organization, OrgStatus
from missions.permissions import Permission, Role
from missions.person import Person
from stores.postgres.accounts.resets import release_members
from stores.postgres.audit.deletions import CREATED, DELETED
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database, schema_of
from stores.postgres.organizations.shares import require_maximum, require_share
from stores.postgres.tables import MembershipRow, OrgRow

_FOUND = text("SELECT shared.found_org(:slug, :name, :parent, :share)")
_REMOVE = text("SELECT last_seq, last_hash FROM shared.remove_org(:slug)")
# Deleted ones count: their rows stay.
_FOUNDED = text(
    "SELECT count(*), ceil(extract(epoch FROM min(created_at) + interval '1 hour' - clock_timestamp()))"
    " FROM (SELECT created_at FROM shared.orgs WHERE parent = :founder"
    " AND created_at > clock_timestamp() - interval '1 hour' ORDER BY created_at DESC LIMIT :most) AS newest"
)


@dataclass(frozen=True)
class OrgChange:
    """A change; None keeps a value. The maximum counts only if `limited`."""

    name: str | None = None
    max_concurrent_missions: int | None = None
    limited: bool = False


class OrganizationStore:
    """The organizations. Administrators see their own and those that it founded.

    Only a first organization, which nobody founded, founds others: its administrators own the installation.
    """

    def __init__(
        self, database: Database, maximum: int = DEFAULT_MAXIMUM, founded_per_hour: int = 1000
    ) -> None:
        """`maximum` is how many missions run at once where a first organization has no maximum of its own."""
        self._database = database
        self._maximum = maximum
        self._founded_per_hour = founded_per_hour

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
        if person.may(Permission.ADMINISTER_ORGS):
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

    async def found(self, person: Person, slug: str, name: str, share: int = 1) -> Organization:
        """Creates schema, roles and tables, with the person as first administrator, in one transaction.

        `share` is how many of the founder's missions at once the new organization gets. Audited in the
        person's own organization. Raises ForbiddenError if that is no first organization,
        TooManyRequestsError, InvalidError for too large a share, and ConflictError for a slug that is taken.
        """
        schema_of(slug)
        async with self._database.transaction(person.org) as session:
            founder = await _locked_row(session, person.org)
            if founder is None or founder.parent is not None:
                raise ForbiddenError("Only the installation's first organization may found others.")
            await self._within_rate(session, founder)
            await require_share(session, founder, self._maximum, share)
            try:
                values = {"slug": slug, "name": name, "parent": person.org, "share": share}
                await session.execute(_FOUND, values)
            except DBAPIError as error:
                if isinstance(error.orig, pg.UniqueViolation | pg.DuplicateSchema):
                    raise ConflictError("This name is taken.") from error
                raise
            first = insert(MembershipRow).values(person_id=person.id, org=slug, roles=[Role.ADMIN.value])
            await session.execute(first)
            created = _organization(await session.get_one(OrgRow, slug))
            await audit(session, person.email, CREATED, f"org/{slug}", after=_json(created))
            return created

    async def _within_rate(self, session: AsyncSession, founder: OrgRow) -> None:
        values = {"founder": founder.slug, "most": self._founded_per_hour}
        count, wait_s = (await session.execute(_FOUNDED, values)).one()
        if count >= self._founded_per_hour:
            reason = f"{self._founded_per_hour} organizations an hour."
            raise TooManyRequestsError(reason, retry_after_s=max(1, int(wait_s)))

    async def change(self, person: Person, slug: str, requested: OrgChange) -> Organization:
        """Changes the name (own administrators or the founder's) or the maximum (the founder's only).

        Raises InvalidError if the shares would be more than the founder's maximum.
        """
        async with self._database.transaction(person.org) as session:
            # The founder's row first: whoever changes shares waits here for the others.
            founder = await _locked_row(session, person.org) if requested.limited else None
            row = await _visible(session, person, slug)
            before = _organization(row)
            if requested.name is not None:
                row.name = requested.name
            if founder is not None:
                await self._require_fit(session, founder, row, requested.max_concurrent_missions)
                row.max_concurrent_missions = requested.max_concurrent_missions
            await session.flush()
            after = _organization(row)
            await audit(
                session, person.email, "org.changed", f"org/{slug}", before=_json(before), after=_json(after)
            )
            return after

    async def _require_fit(
        self, session: AsyncSession, founder: OrgRow, row: OrgRow, maximum: int | None
    ) -> None:
        if row.parent is None:
            await require_maximum(session, row, maximum or self._maximum)
        elif row.parent != founder.slug:
            raise ForbiddenError("Only the founding organization may change how many missions run at once.")
        elif maximum is None:
            raise InvalidError("A founded organization needs a maximum of its own.")
        else:
            await require_share(session, founder, self._maximum, maximum, but=row.slug)

    async def set_status(self, person: Person, slug: str, status: OrgStatus) -> Organization:
        """Suspends or resumes a founded organization. Raises StatusError if it already has the status."""
        async with self._database.transaction(person.org) as session:
            row = await _visible(session, person, slug)
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
        """Drops a suspended organization's tables and memberships, after its last mission has ended.

        Raises StatusError otherwise: the messages that stop its missions would go with the rest.
        Its audit trail stays for AUDIT_DAYS; the founder's entry holds its last number and hash. The missions
        worker deletes its objects and its Schedule.
        """
        async with self._database.transaction(person.org) as session:
            row = await _visible(session, person, slug)
            if row.parent != person.org:
                raise ForbiddenError("Only the founding organization may delete it.")
            if row.status != OrgStatus.SUSPENDED.value:
                raise StatusError("Suspend the organization first: its missions must have ended.")
            before = _organization(row)
            await release_members(session, slug)
            try:
                last = (await session.execute(_REMOVE, {"slug": slug})).one()
            except DBAPIError as error:
                if isinstance(error.orig, pg.ObjectNotInPrerequisiteState):
                    raise StatusError("Its missions have not ended yet: try again in a minute.") from error
                raise
            detail = {"lastSeq": last.last_seq, "lastHash": last.last_hash}
            await audit(session, person.email, DELETED, f"org/{slug}", detail, before=_json(before))


async def _locked_row(session: AsyncSession, slug: str, *conditions: ColumnElement[bool]) -> OrgRow | None:
    """The locked row. The lock lets rows that refer to the organization be inserted, such as sessions."""
    query = select(OrgRow).where(OrgRow.slug == slug, *conditions)
    return await session.scalar(query.with_for_update(key_share=True))


async def _visible(session: AsyncSession, person: Person, slug: str) -> OrgRow:
    """The locked row of an organization that the person may see; no other one is locked, or waited for.

    Raises NotFoundError.
    """
    visible = or_(OrgRow.slug == person.org, OrgRow.parent == person.org)
    row = await _locked_row(session, slug, visible, OrgRow.status != OrgStatus.DELETED.value)
    if row is None:
        raise NotFoundError("Unknown organization.")
    return row


def _organization(row: OrgRow) -> Organization:
    return Organization.model_validate(row, from_attributes=True)


def _json(org: Organization) -> dict[str, Any]:
    return org.model_dump(mode="json", by_alias=True)
