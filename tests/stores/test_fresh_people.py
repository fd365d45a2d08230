"""A person who belongs to no organization starts from nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from fresh_people import EMAIL, RESET, FreshDatabase, held, place, waiting
from served_api import ORG
from sqlalchemy import Uuid, text

from missions.errors import ConflictError, OpsError
from missions.organization import OrgStatus
from missions.permissions import Role
from stores.postgres.accounts.accounts import AccountStore
from stores.postgres.accounts.invitations import InvitationStore
from stores.postgres.accounts.links import LinkStore
from stores.postgres.accounts.members import MemberStore
from stores.postgres.database import schema_of
from stores.postgres.organizations.organizations import OrganizationStore
from stores.postgres.tables import Org, Shared

__all__ = ["place"]
NEW_HASH = "a new hash"
VIEWER = frozenset({Role.VIEWER})
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]

KEPT = {
    "shared.memberships.person_id": "a person with a membership belongs somewhere",
    "shared.api_keys.created_by": "the key is a program's, not its creator's",
    "shared.one_time_links.issued_by": "the right of who issued it is checked when the link is used",
    "shared.invitations.issued_by": "the right of who issued it is checked when the invitation is used",
    "missions.requester": "history of the organization",
    "approvals.requester": "history of the organization",
    "votes.person": "history of the organization",
    "withdrawals.person": "history of the organization",
    "participants.person": "history of the organization",
    "shared.mission_starts.person_id": "a reset must not give the person another quota",
}
"""The other columns with a person's id, and why their rows may stay."""
NO_PERSON = {"id", "mission_id", "approval_id", "session_id"}
"""The names of columns with the id of something else."""


async def added(place: FreshDatabase, _: UUID) -> None:
    await MemberStore(place.api).add(await place.admin(), EMAIL, "New", VIEWER, None)


async def accepted(place: FreshDatabase, _: UUID) -> None:
    invitations = InvitationStore(place.api)
    token = await invitations.invite(await place.admin(), EMAIL, VIEWER, None)
    await invitations.accept(token, await invitations.look(token), "New", NEW_HASH)


async def bootstrapped(place: FreshDatabase, _: UUID) -> None:
    token = await LinkStore(place.owner).bootstrap(ORG, "Demo")
    await AccountStore(place.api).bootstrap(token, EMAIL, "New", NEW_HASH)


async def last_membership_gone(place: FreshDatabase, person_id: UUID) -> None:
    admin = await place.admin()
    await OrganizationStore(place.api).found(admin, "acme", "Acme")
    await place.join(person_id, "acme")
    await place.remove(admin, "acme")


WAYS = [added, accepted, bootstrapped, last_membership_gone]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
async def test_au13_a_person_who_belongs_nowhere_starts_from_nothing(
    place: FreshDatabase, way: Callable[[FreshDatabase, UUID], Awaitable[None]]
) -> None:
    """Nothing lets the person in that existed before they joined, or after their last membership went."""
    person_id = await place.plant()
    before = await place.version(person_id)
    assert await place.usable(person_id) == dict.fromkeys(RESET, 1)
    await way(place, person_id)
    assert await place.usable(person_id) == dict.fromkeys(RESET, 0)
    assert await place.version(person_id) > before, "earlier access tokens are invalid"


async def test_au13_a_member_of_another_organization_keeps_everything(place: FreshDatabase) -> None:
    """A deleted organization takes nothing from a person who still belongs to another one."""
    person_id, admin = await place.plant(), await place.admin()
    await OrganizationStore(place.api).found(admin, "acme", "Acme")
    for org in ("acme", ORG):
        await place.join(person_id, org)
    await place.remove(admin, "acme")
    assert await place.usable(person_id) == dict.fromkeys(RESET, 1)
    assert await place.version(person_id) == 1


async def test_au13_two_organizations_that_go_at_once_leave_nothing(
    place: FreshDatabase, eventually: Eventually
) -> None:
    """Neither deletion takes the other organization's membership for one that stays."""
    person_id, admin = await place.plant(), await place.admin()
    organizations = OrganizationStore(place.api)
    for slug in ("acme", "bolt"):
        await organizations.found(admin, slug, slug)
        await place.join(person_id, slug)
        await organizations.set_status(admin, slug, OrgStatus.SUSPENDED)
    async with held(place, person_id):
        removals = [asyncio.create_task(organizations.remove(admin, slug)) for slug in ("acme", "bolt")]
        await eventually(lambda: waiting(place, 2))
    await asyncio.gather(*removals)
    assert await place.usable(person_id) == dict.fromkeys(RESET, 0)


async def test_au13_two_invitations_at_once_are_accepted_in_turn(
    place: FreshDatabase, eventually: Eventually
) -> None:
    """The second one finds a member: it sets no password for a person whom the first one let in."""
    person_id, admin = await place.plant(), await place.admin()
    await OrganizationStore(place.api).found(admin, "acme", "Acme")
    other = admin.model_copy(update={"org": "acme"})
    invitations = InvitationStore(place.api)
    tokens = [await invitations.invite(inviter, EMAIL, VIEWER, None) for inviter in (admin, other)]
    looks = [await invitations.look(token) for token in tokens]

    async def accept(number: int) -> bool:
        try:
            await invitations.accept(tokens[number], looks[number], "New", f"hash {number}")
        except OpsError:
            return False
        return True

    async with held(place, person_id):
        accepts = [asyncio.create_task(accept(number)) for number in range(2)]
        await eventually(lambda: waiting(place, 2))
    results = await asyncio.gather(*accepts)
    assert sorted(results) == [False, True]
    async with place.owner.transaction() as session:
        query = text("SELECT password_hash FROM shared.people WHERE id = :id")
        assert (await session.execute(query, {"id": person_id})).scalar_one() == f"hash {results.index(True)}"


async def test_au13_a_service_account_becomes_nobodys(place: FreshDatabase) -> None:
    """The address of a program whose organization is gone is not added as a person."""
    person_id, admin = await place.plant(), await place.admin()
    async with place.owner.transaction() as session:
        program = text("UPDATE shared.people SET is_service = true WHERE id = :id")
        await session.execute(program, {"id": person_id})
    with pytest.raises(ConflictError):
        await MemberStore(place.api).add(admin, EMAIL, "New", VIEWER, None)


async def test_au13_a_member_who_joins_another_organization_brings_only_password_and_code(
    place: FreshDatabase,
) -> None:
    """The first organization's administrators could have made the rest: it stays behind."""
    person_id, admin = await place.plant(), await place.admin()
    await OrganizationStore(place.api).found(admin, "acme", "Acme")
    await place.join(person_id, "acme")
    invitations = InvitationStore(place.api)
    token = await invitations.invite(admin, EMAIL, VIEWER, None)
    invited = await invitations.look(token)
    assert invited.password_hash == "planted"
    await invitations.accept(token, invited, "Renamed", None)
    kept = {"shared.people.id", "shared.totp.person_id", "shared.api_keys.person_id"}
    assert await place.usable(person_id) == {column: int(column in kept) for column in RESET}


async def test_au13_every_column_with_a_persons_id_is_reset_or_has_a_reason(place: FreshDatabase) -> None:
    """A new column with an id is in RESET, or in KEPT with a reason; the tables and the database agree."""
    tables = {
        f"shared.{table.name}.{column.name}" if declared is Shared else f"{table.name}.{column.name}"
        for declared in (Shared, Org)
        for table in declared.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Uuid)
    }
    query = text(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " WHERE data_type = 'uuid' AND table_schema IN ('shared', :schema)"
    )
    async with place.owner.transaction() as session:
        rows = (await session.execute(query, {"schema": schema_of(ORG)})).all()
    catalog = {f"{'shared.' if schema == 'shared' else ''}{table}.{name}" for schema, table, name in rows}
    assert tables == catalog
    people = {column for column in catalog if column.rpartition(".")[2] not in NO_PERSON}
    assert people | {"shared.people.id"} == set(RESET) | set(KEPT)
