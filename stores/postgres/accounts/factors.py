"""Everything that a person signs in with: read by themselves, read and removed by their administrators."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import ConflictError, NotFoundError
from missions.frozen_model import FrozenModel
from missions.person import Person
from stores.postgres.accounts.memberships import belongs_only_to
from stores.postgres.accounts.passkeys import Passkey
from stores.postgres.accounts.resets import end_sign_ins
from stores.postgres.accounts.session_ends import close_sessions
from stores.postgres.accounts.tables import IdentityRow, PasskeyRow, TotpRow
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import MembershipRow, PersonRow


class SignInMethod(StrEnum):
    """A way to sign in, and to prove one's identity again."""

    PASSWORD = "password"  # noqa: S105  a method
    PASSKEY = "passkey"
    OPENID = "openid"


class Factors(FrozenModel):
    """What a person can prove their identity with; `providers` are the names of OpenID providers.

    `totp`: the password needs a code of an authenticator app.
    """

    methods: tuple[SignInMethod, ...]
    totp: bool
    passkeys: tuple[Passkey, ...]
    providers: tuple[str, ...]


class FactorStore:
    """Sign-in factors. An administrator reaches those of people who belong to no other organization.

    Each removal by an administrator ends the person's sessions and is audited.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_person(self, person: Person) -> Factors:
        """The person's own factors."""
        async with self._database.transaction() as session:
            return await _factors(session, person.id)

    async def of_member(self, admin: Person, person: UUID) -> Factors:
        """A member's factors.

        Raises NotFoundError, and ConflictError for a person who also belongs to another organization.
        """
        async with self._database.transaction() as session:
            await _member(session, admin, person)
            return await _factors(session, person)

    async def remove_passkey(self, admin: Person, person: UUID, passkey: UUID) -> None:
        """Removes a member's passkey. Raises as `of_member`, and ConflictError for the admin's own."""
        async with self._database.transaction(admin.org) as session:
            member = await _other_member(session, admin, person)
            statement = delete(PasskeyRow).where(PasskeyRow.id == passkey, PasskeyRow.person_id == person)
            if await session.scalar(statement.returning(PasskeyRow.id)) is None:
                raise NotFoundError("Unknown passkey.")
            await _removed(session, admin, member, {"passkey": str(passkey)})

    async def remove_identity(self, admin: Person, person: UUID, provider: str) -> None:
        """Removes a member's identities at the provider. Raises as `remove_passkey`."""
        async with self._database.transaction(admin.org) as session:
            member = await _other_member(session, admin, person)
            statement = delete(IdentityRow).where(
                IdentityRow.person_id == person, IdentityRow.provider == provider
            )
            if not (await session.scalars(statement.returning(IdentityRow.subject))).all():
                raise NotFoundError("Unknown identity.")
            await _removed(session, admin, member, {"provider": provider})

    async def remove_totp(self, admin: Person, person: UUID) -> None:
        """Removes a member's authenticator app. Raises as `remove_passkey`."""
        async with self._database.transaction(admin.org) as session:
            member = await _other_member(session, admin, person)
            statement = delete(TotpRow).where(TotpRow.person_id == person).returning(TotpRow.person_id)
            if await session.scalar(statement) is None:
                raise NotFoundError("Unknown second factor.")
            await _removed(session, admin, member, {"totp": True})


async def _factors(session: AsyncSession, person: UUID) -> Factors:
    password_hash = await session.scalar(select(PersonRow.password_hash).where(PersonRow.id == person))
    totp = await session.get(TotpRow, person)
    rows = await session.scalars(
        select(PasskeyRow).where(PasskeyRow.person_id == person).order_by(PasskeyRow.id)
    )
    passkeys = tuple(Passkey.model_validate(row, from_attributes=True) for row in rows)
    names = await session.scalars(
        select(IdentityRow.provider).where(IdentityRow.person_id == person).distinct()
    )
    providers = tuple(sorted(names))
    available = {
        SignInMethod.PASSWORD: password_hash is not None,
        SignInMethod.PASSKEY: passkeys,
        SignInMethod.OPENID: providers,
    }
    return Factors(
        methods=tuple(method for method, has_it in available.items() if has_it),
        totp=totp is not None and totp.confirmed_at is not None,
        passkeys=passkeys,
        providers=providers,
    )


async def _member(session: AsyncSession, admin: Person, person: UUID) -> Person:
    """A member as the person whose sessions end."""
    if await session.get(MembershipRow, (person, admin.org)) is None:
        raise NotFoundError("Unknown user.")
    if not await belongs_only_to(session, person, admin.org):
        raise ConflictError(
            "This person also belongs to another organization, where these factors sign them in as well."
        )
    row = await session.get_one(PersonRow, person)
    return Person(id=person, org=admin.org, email=row.email, name=row.name, roles=frozenset())


async def _other_member(session: AsyncSession, admin: Person, person: UUID) -> Person:
    """A member who is not the administrator: removing one's own factors needs a code or a passkey."""
    if person == admin.id:
        raise ConflictError("Remove your own factors in your settings.")
    return await _member(session, admin, person)


async def _removed(session: AsyncSession, admin: Person, member: Person, detail: dict[str, object]) -> None:
    sessions = await close_sessions(session, member)
    await end_sign_ins(session, [member.id])
    await audit(
        session, admin.email, "factor.removed", f"user/{member.id}", detail | {"sessionsEnded": sessions}
    )
