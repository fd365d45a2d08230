from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import NotFoundError, UnauthenticatedError
from missions.frozen_model import FrozenModel
from missions.permissions import Role
from missions.person import Person
from stores.postgres.accounts.memberships import active_memberships
from stores.postgres.accounts.people import account_from
from stores.postgres.accounts.tables import ApiKeyRow
from stores.postgres.approvals.approvals import database_time
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow
from stores.secrets import digest, new_secret

PREFIX = "oak_"
"""Prefix of every key, so that secret scanners recognize it."""


class ApiKey(FrozenModel):
    """An API key as it is listed: its roles, expiry and creator, never its secret.

    `created_by` is None for a key that is older than the record of creators.
    """

    id: UUID
    name: str
    roles: tuple[Role, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    created_by: UUID | None


class ServiceAccount(FrozenModel):
    """A program's account. It never decides approvals."""

    id: UUID
    name: str
    roles: tuple[Role, ...]
    disabled_at: datetime | None
    keys: tuple[ApiKey, ...]


class ServiceAccountStore:
    """Service accounts and their API keys: 256 bits, stored as SHA-256, with own roles and expiry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, admin: Person, name: str, roles: frozenset[Role]) -> ServiceAccount:
        """Adds a service account without a key."""
        async with self._database.transaction(admin.org) as session:
            person_id: UUID = (await session.execute(text("SELECT uuidv7()"))).scalar_one()
            email = f"{person_id}@service.invalid"
            session.add(PersonRow(id=person_id, email=email, name=name, is_service=True))
            await session.flush()
            names = sorted(role.value for role in roles)
            session.add(MembershipRow(person_id=person_id, org=admin.org, roles=names))
            detail = {"name": name, "roles": names}
            await audit(session, admin.email, "service.added", f"user/{person_id}", detail)
            await session.flush()
            return await _account(session, admin.org, person_id)

    async def all(self, org: str) -> list[ServiceAccount]:
        """The service accounts, oldest first, at most 100."""
        query = (
            select(PersonRow.id)
            .join(MembershipRow, MembershipRow.person_id == PersonRow.id)
            .where(MembershipRow.org == org, PersonRow.is_service)
            .order_by(PersonRow.id)
            .limit(100)
        )
        async with self._database.transaction() as session:
            ids = (await session.scalars(query)).all()
            return [await _account(session, org, person_id) for person_id in ids]

    async def add_key(
        self, admin: Person, account: UUID, name: str, roles: frozenset[Role], lifetime: timedelta
    ) -> tuple[ApiKey, str]:
        """Adds a key; its roles count only as far as the account has them. Raises NotFoundError."""
        secret = PREFIX + new_secret()
        async with self._database.transaction(admin.org) as session:
            await _account(session, admin.org, account)
            names = sorted(role.value for role in roles)
            row = ApiKeyRow(
                digest=digest(secret),
                person_id=account,
                org=admin.org,
                name=name,
                roles=names,
                expires_at=await database_time(session) + lifetime,
                created_by=admin.id,
            )
            session.add(row)
            await session.flush()
            await session.refresh(row)
            detail = {"key": str(row.id), "roles": names, "until": row.expires_at.isoformat()}
            await audit(session, admin.email, "key.added", f"user/{account}", detail)
            return _key(row), secret

    async def revoke_key(self, admin: Person, account: UUID, key: UUID) -> None:
        """Revokes a key. Raises NotFoundError."""
        change = update(ApiKeyRow).where(
            ApiKeyRow.id == key,
            ApiKeyRow.person_id == account,
            ApiKeyRow.org == admin.org,
            ApiKeyRow.revoked_at.is_(None),
        )
        async with self._database.transaction(admin.org) as session:
            revoked = change.values(revoked_at=func.clock_timestamp()).returning(ApiKeyRow.id)
            if await session.scalar(revoked) is None:
                raise NotFoundError("Unknown key.")
            await audit(session, admin.email, "key.revoked", f"user/{account}", {"key": str(key)})

    async def by_key(self, secret: str) -> Person:
        """The service account with the roles that key and account share. Raises UnauthenticatedError."""
        holder = (ApiKeyRow.person_id == MembershipRow.person_id) & (ApiKeyRow.org == MembershipRow.org)
        query = (
            active_memberships()
            .add_columns(ApiKeyRow.roles)
            .join(ApiKeyRow, holder)
            .where(
                ApiKeyRow.digest == digest(secret),
                ApiKeyRow.revoked_at.is_(None),
                ApiKeyRow.expires_at > func.clock_timestamp(),
                PersonRow.is_service,
            )
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise UnauthenticatedError("Invalid key")
        person_row, member, key_roles = row
        person = account_from(person_row, member).person
        return person.model_copy(update={"roles": person.roles & {Role(role) for role in key_roles}})


async def _account(session: AsyncSession, org: str, person_id: UUID) -> ServiceAccount:
    query = select(PersonRow, MembershipRow).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    query = query.where(PersonRow.id == person_id, PersonRow.is_service, MembershipRow.org == org)
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFoundError("Unknown service account.")
    person, member = row
    query_keys = select(ApiKeyRow).where(ApiKeyRow.person_id == person_id, ApiKeyRow.org == org)
    keys = (await session.scalars(query_keys.order_by(ApiKeyRow.id).limit(100))).all()
    return ServiceAccount(
        id=person.id,
        name=person.name,
        roles=tuple(Role(role) for role in member.roles),
        disabled_at=member.disabled_at,
        keys=tuple(_key(key) for key in keys),
    )


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey.model_validate(row, from_attributes=True)
