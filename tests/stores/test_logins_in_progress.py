"""A login or a new proof that is in progress does not outlive what ends the person's other ones."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from uuid import UUID

import pytest
from fresh_people import EMAIL, RESET, FreshDatabase, place, waiting
from served_api import JWT_SECRET, ORG
from sqlalchemy import text

from missions.caller import NOWHERE
from missions.errors import UnauthenticatedError
from missions.organization import OrgStatus
from missions.permissions import Role
from missions.person import Person
from stores.postgres.accounts.accounts import AccountStore
from stores.postgres.accounts.factors import FactorStore
from stores.postgres.accounts.identities import IdentityStore
from stores.postgres.accounts.invitations import InvitationStore
from stores.postgres.accounts.links import LinkStore
from stores.postgres.accounts.members import MemberChange, MemberStore
from stores.postgres.accounts.memberships import lock_memberships
from stores.postgres.accounts.passkeys import PasskeyStore
from stores.postgres.accounts.people import Account, PersonStore
from stores.postgres.accounts.resets import reset_people
from stores.postgres.accounts.second_factors import SecondFactorStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.organizations.organizations import OrganizationStore
from stores.seals import Seals
from stores.secrets import Lineage

__all__ = ["place"]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
Change = Callable[[FreshDatabase, Account], Awaitable[object]]


async def member(place: FreshDatabase) -> Account:
    """The planted person as a member."""
    await place.join(await place.plant(), ORG)
    account = await PersonStore(place.api).by_email(EMAIL)
    assert account is not None
    return account


async def sign_in(place: FreshDatabase, account: Account) -> None:
    """The last step of every login, after the proof of identity."""
    sessions = SessionStore(place.api, Lineage(JWT_SECRET), timedelta(hours=1))
    await sessions.open(account, NOWHERE, "test")


async def open_sessions(place: FreshDatabase, account: Account) -> int:
    return (await place.usable(account.person.id))["shared.sessions.person_id"]


async def own_password(place: FreshDatabase, account: Account) -> None:
    session_id = await place.session(account.person.id)
    await AccountStore(place.api).change_password(account.person, session_id, "new")


async def password_reset(place: FreshDatabase, _: Account) -> None:
    await AccountStore(place.api).reset_password(await LinkStore(place.owner).password(EMAIL), "new")


async def passkey_removed(place: FreshDatabase, account: Account) -> None:
    query = text("SELECT id FROM shared.passkeys WHERE person_id = :id")
    async with place.owner.transaction() as session:
        passkey = (await session.execute(query, {"id": account.person.id})).scalar_one()
    await FactorStore(place.api).remove_passkey(await place.admin(), account.person.id, passkey)


async def joined_elsewhere(place: FreshDatabase, _: Account) -> None:
    admin = await place.admin()
    await OrganizationStore(place.api).found(admin, "acme", "Acme")
    inviter, invitations = admin.model_copy(update={"org": "acme"}), InvitationStore(place.api)
    token = await invitations.invite(inviter, EMAIL, frozenset({Role.VIEWER}), None)
    await invitations.accept(token, await invitations.look(token), "Both", None)


async def disabled(place: FreshDatabase, account: Account) -> None:
    change = MemberChange(disabled=True)
    await MemberStore(place.api).change(await place.admin(), account.person.id, change)


async def suspended(place: FreshDatabase, _: Account) -> None:
    suspend = text("UPDATE shared.orgs SET status = :status WHERE slug = :org")
    async with place.owner.transaction() as session:
        await session.execute(suspend, {"status": OrgStatus.SUSPENDED.value, "org": ORG})


CHANGES = [own_password, password_reset, passkey_removed, joined_elsewhere, disabled, suspended]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.__name__))
async def test_au20_a_login_in_progress_does_not_outlive_a_change(
    place: FreshDatabase, change: Change
) -> None:
    """The proof was checked before the change, and opens no session after it."""
    account = await member(place)
    await change(place, account)
    before = await open_sessions(place, account)
    with pytest.raises(UnauthenticatedError):
        await sign_in(place, account)
    assert await open_sessions(place, account) == before


async def test_au20_a_login_waits_for_the_change_that_runs(
    place: FreshDatabase, eventually: Eventually
) -> None:
    """A session is not opened beside a transaction that sets another password."""
    account = await member(place)
    values = {"id": account.person.id}
    async with place.owner.transaction() as session:
        change = text("UPDATE shared.people SET password_hash = 'new', version = version + 1 WHERE id = :id")
        await session.execute(change, values)
        signing_in = asyncio.create_task(sign_in(place, account))
        await eventually(lambda: waiting(place, 1))
        end = text("UPDATE shared.sessions SET revoked_at = clock_timestamp() WHERE person_id = :id")
        await session.execute(end, values)
    with pytest.raises(UnauthenticatedError):
        await signing_in
    assert await open_sessions(place, account) == 0


async def adds_passkey(place: FreshDatabase, person: Person, _: UUID) -> None:
    await PasskeyStore(place.api).add(person, "credential", b"key", 0, "Late")


async def connects_identity(place: FreshDatabase, person: Person, session_id: UUID) -> None:
    await IdentityStore(place.api).connect(person, session_id, "late", "late", "late")


async def sets_up_totp(place: FreshDatabase, person: Person, _: UUID) -> None:
    await SecondFactorStore(place.api, Seals("a-secret-of-the-tests-with-32-bytes")).begin(person)


@pytest.mark.parametrize("add", [adds_passkey, connects_identity, sets_up_totp])
async def test_au20_a_request_that_waits_for_a_reset_adds_no_proof(
    place: FreshDatabase,
    eventually: Eventually,
    add: Callable[[FreshDatabase, Person, UUID], Coroutine[None, None, None]],
) -> None:
    """A proof that is added while the person is reset is not stored: its session has ended."""
    person_id, admin = await place.plant(), await place.admin()
    async with place.owner.transaction() as session:
        await session.execute(text("DELETE FROM shared.totp"))
    session_id = await place.session(person_id)
    person = admin.model_copy(update={"id": person_id, "session": session_id})
    async with place.owner.transaction() as session:
        await lock_memberships(session, [person_id])
        adding = asyncio.create_task(add(place, person, session_id))
        await eventually(lambda: waiting(place, 1))
        await reset_people(session, [person_id])
    with pytest.raises(UnauthenticatedError):
        await adding
    assert await place.usable(person_id) == dict.fromkeys(RESET, 0)


async def test_au20_a_reset_that_is_asked_to_revoke_leaves_the_password_only(place: FreshDatabase) -> None:
    """Whatever table lets a person in: nothing is left of it but the new password, and a program's keys."""
    account = await member(place)
    token = await LinkStore(place.owner).password(EMAIL)
    await AccountStore(place.api).reset_password(token, "planted", revoke_other_factors=True)
    kept = {"shared.people.id", "shared.api_keys.person_id"}
    assert await place.usable(account.person.id) == {column: int(column in kept) for column in RESET}
