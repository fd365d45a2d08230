"""Rows of docs/security.md about approvals, on PostgreSQL: bound fields, votes, and the clock."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
import samples as sample
from memory_actuator import MemoryActuator
from memory_world import MemoryWorld
from postgres_approvals import PostgresApprovals, Urls
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.testing import ActivityEnvironment

from activities.acting import Acting
from activities.deciding import ApprovalId
from adapters.actions.registry import RegisteredActuators, ServingActuator
from missions.approval import Approval, ApprovalStatus, VoteChoice, action_hash
from missions.caller import NOWHERE
from missions.catalog import Catalog, remedies_of
from missions.errors import ConflictError, RefusedError
from missions.permissions import Role
from missions.proposal import Receipt, Refusal, RiskLevel
from stores.postgres.accounts.identities import IdentityStore
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.approvals.rows import bound_of
from stores.postgres.approvals.tables import ApprovalRow, IntentRow, OutcomeRow
from stores.postgres.audit.tables import AuditRow
from stores.postgres.database import Database
from stores.postgres.migrating import migrate
from stores.secrets import Lineage


async def agreed(stored: PostgresApprovals) -> Approval:
    approval = await stored.open()
    await stored.agree(await stored.person(), approval)
    return approval


async def executed(stored: PostgresApprovals, world: MemoryWorld, approval: Approval) -> Receipt:
    """Runs the activity on the real ledger; `world` is the target and the policy."""
    acting = Acting(stored.ledger, world.actuators, world.gateway)
    approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
    receipt: Receipt = await ActivityEnvironment().run(acting.execute, approval_id)
    return receipt


async def audited(stored: PostgresApprovals, approval_id: UUID) -> list[str]:
    query = select(AuditRow.deed).where(AuditRow.subject == f"approval/{approval_id}").order_by(AuditRow.seq)
    async with stored.owner.transaction(sample.ORG) as session:
        return list((await session.scalars(query)).all())


async def test_ap1_one_person_with_two_identities_counts_once(stored: PostgresApprovals) -> None:
    """Votes by password and by two identity providers are one vote of one person."""
    anna, approval = await stored.person(), await stored.open(risk=RiskLevel.HIGH)
    people, identities = PersonStore(stored.api), IdentityStore(stored.api)
    by_password = await people.by_email(anna.email)
    assert by_password is not None
    sessions = SessionStore(stored.api, Lineage("a-secret-of-the-test-with-32-bytes!"), timedelta(hours=1))
    first = await sessions.open(by_password, NOWHERE, "test")
    accounts = [by_password]
    for issuer in ("https://one.example", "https://two.example"):
        subject = uuid4().hex
        await identities.connect(anna, first.session, "oidc", issuer, subject)
        accounts.append(await identities.account(issuer, subject))
    for account in accounts:
        opened = await sessions.open(account, NOWHERE, "test")
        person = await people.by_session(opened.session, account.version)
        fresh = {"authenticated_at": opened.authenticated_at, "session": opened.session}
        decision = await stored.answer(person.model_copy(update=fresh), approval)
        assert decision.approval.status is ApprovalStatus.PENDING
        assert [vote.person for vote in decision.approval.votes] == [anna.id]
    with pytest.raises(RefusedError, match="PENDING"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")
    await stored.agree(await stored.person(), approval)
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("mission_id = CAST(:value AS uuid)", "another mission"),
        ("requester = gen_random_uuid()", None),
        ("participants = '[]'", None),
        ("participants = NULL", None),
        ("participants = jsonb_set(participants, '{0,person}', to_jsonb(gen_random_uuid()))", None),
        ("participants = jsonb_set(participants, '{0,role}', '\"steered\"')", None),
        ("quorum = 3", None),
        ("nonce = 'other'", None),
        ("decide_by = decide_by + interval '1 day'", None),
        ("act_by = act_by + interval '1 day'", None),
        ("verdict = jsonb_set(verdict, '{risk}', '\"LOW\"')", None),
        ("verdict = jsonb_set(verdict, '{effect}', '\"allow\"')", None),
        ("verdict = jsonb_set(verdict, '{policyVersion}', '\"p2\"')", None),
        ("proposal = jsonb_set(proposal, '{action,kind}', '\"restart\"')", None),
        ("proposal = jsonb_set(proposal, '{action,service}', '\"web\"')", None),
        ("proposal = jsonb_set(proposal, '{action,environment}', '\"production\"')", None),
        ("proposal = jsonb_set(proposal, '{action,params,revision}', '0')", None),
        ("proposal = jsonb_set(proposal, '{preState,generation}', '9')", None),
        ("proposal = jsonb_set(proposal, '{reason}', '\"because\"')", None),
    ],
)
async def test_ap2_each_bound_field_is_guarded(
    stored: PostgresApprovals, change: str, value: str | None
) -> None:
    """A bound column that changes after the approval prevents the action, and the refusal is audited."""
    approval = await agreed(stored)
    await stored.change(change, approval.id, value and str(await stored.mission()))
    with pytest.raises(RefusedError, match="hash"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")
    world = MemoryWorld(actuator=MemoryActuator(sample.state(), sample.state(service="web")))
    receipt = await executed(stored, world, approval)
    assert (receipt.applied, receipt.certain, receipt.refusal is None) == (False, True, False)
    assert world.actuator.effects == []
    assert (await audited(stored, approval.id))[-1] == "action.refused"


async def test_ap2_another_organization_is_another_hash(stored: PostgresApprovals) -> None:
    """The organization is in the hash, although it is not a column."""
    approval = await stored.open()
    async with stored.owner.transaction(sample.ORG) as session:
        row = await session.get(ApprovalRow, approval.id)
        assert row is not None
        assert action_hash(bound_of(sample.ORG, row)) == approval.action_hash
        assert action_hash(bound_of("other", row)) != approval.action_hash


async def test_az9_an_approval_is_worth_nothing_in_another_organization(
    stored: PostgresApprovals, urls: Urls
) -> None:
    """An approval and its votes, copied by the database's owner, execute nothing elsewhere.

    The other organization has the same approvers, and the target serves it, too: the hash alone refuses.
    """
    approval, anna, other = await stored.open(), await stored.person(), "other"
    await stored.agree(anna, approval)
    await asyncio.to_thread(migrate, urls.owner, other)
    people = PersonStore(stored.owner)
    await people.add_org(other, "Other")
    await people.add(other, anna.email, anna.name, "hash", frozenset({Role.APPROVER}))
    bound = {"mission": approval.mission_id, "approval": approval.id}
    copied = {"missions": "id = :mission", "approvals": "id = :approval", "votes": "approval_id = :approval"}
    async with stored.owner.transaction() as session:
        for table, condition in copied.items():
            copy = f"INSERT INTO org_other.{table} SELECT * FROM org_demo.{table} WHERE {condition}"  # noqa: S608  our tables
            await session.execute(text(copy), bound)
    world = MemoryWorld()
    shared = ServingActuator(world.actuator, (sample.ORG, other))
    actuators = RegisteredActuators(
        Catalog(entries=remedies_of("memory", sample.ORG, other)), {"memory": shared}
    )
    acting = Acting(stored.ledger, actuators, world.gateway)
    for org, applied in ((other, False), (sample.ORG, True), (other, False)):
        receipt = await ActivityEnvironment().run(
            acting.execute, ApprovalId(org=org, approval_id=approval.id)
        )
        assert (org, receipt.applied) == (org, applied)
        if not applied:
            assert receipt.refusal is Refusal.FORBIDDEN
    assert len(world.actuator.effects) == 1
    async with stored.owner.transaction(other) as session:
        row = await session.get_one(ApprovalRow, approval.id)
        assert row.consumed_at is None


async def test_ap10_a_receipt_of_an_unused_approval_is_audited(stored: PostgresApprovals) -> None:
    """What a target reports about an approval that nobody consumed is audited, and no outcome is written."""
    approval, world = await agreed(stored), MemoryWorld()
    world.actuator.effects.append((str(approval.id), approval.proposal.action))
    receipt = await executed(stored, world, approval)
    assert (receipt.applied, receipt.refusal) == (False, Refusal.FORBIDDEN)
    assert (await audited(stored, approval.id))[-1] == "action.refused"
    assert (await stored.ledger.read(sample.ORG, approval.id))[1] is None
    async with stored.owner.transaction(sample.ORG) as session:
        assert await session.get(IntentRow, approval.id) is None
        assert await session.get(OutcomeRow, approval.id) is None


class OtherConnection(Database):
    """A database whose sessions use another time zone."""

    zone = "Pacific/Auckland"

    @asynccontextmanager
    async def transaction(self, org: str | None = None) -> AsyncIterator[AsyncSession]:
        async with super().transaction(org) as session:
            await session.execute(text("SELECT set_config('timezone', :zone, true)"), {"zone": self.zone})
            yield session


async def test_ap2_a_hash_does_not_depend_on_the_time_zone(stored: PostgresApprovals, urls: Urls) -> None:
    """An approval that is opened in one time zone can be consumed in another, both ways."""
    missions, actions = OtherConnection(urls.missions), OtherConnection(urls.actions)
    there = await agreed(stored)
    read, _ = await PostgresLedger(actions).read(sample.ORG, there.id)
    assert read.decide_by.utcoffset() != there.decide_by.utcoffset()
    assert (await PostgresLedger(actions).begin(sample.ORG, there.id, "a"))[1]
    stored.desk = PostgresApprovalDesk(missions)
    assert (await stored.ledger.begin(sample.ORG, (await agreed(stored)).id, "a"))[1]
    for database in (missions, actions):
        await database.close()


async def test_ap3_of_a_hundred_racers_one_executes(stored: PostgresApprovals) -> None:
    """Of a hundred concurrent keys one consumes the approval, and one intent is written."""
    approval, ten = await agreed(stored), asyncio.Semaphore(10)  # as many connections as a process has

    async def race(key: str) -> bool:
        async with ten:
            try:
                return (await stored.ledger.begin(sample.ORG, approval.id, key))[1]
            except RefusedError:
                return False

    assert sum(await asyncio.gather(*(race(f"key{number}") for number in range(100)))) == 1
    assert (await audited(stored, approval.id)).count("action.intent") == 1


async def test_ap3_executed_again_and_again_is_done_once(stored: PostgresApprovals) -> None:
    """Repeated and concurrent executions have one effect and one receipt."""
    approval, world, five = await agreed(stored), MemoryWorld(), asyncio.Semaphore(5)

    async def once_more() -> Receipt:
        async with five:
            return await executed(stored, world, approval)

    receipts = await asyncio.gather(*(once_more() for _ in range(20)))
    assert len(world.actuator.effects) == 1
    assert all(receipt == receipts[0] and receipt.applied for receipt in receipts)
    assert (await audited(stored, approval.id)).count("action.outcome") == 1


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(hours=1)], ids=["behind", "ahead"])
async def test_ap4_a_process_with_a_wrong_clock_decides_the_same(
    stored: PostgresApprovals, monkeypatch: pytest.MonkeyPatch, shift: timedelta
) -> None:
    """A process clock that is an hour off changes no decision."""
    person, mission = await stored.person(), await stored.mission()
    approval, over = await stored.open(mission, RiskLevel.HIGH), await stored.open()
    await stored.change("decide_by = clock_timestamp() - interval '1 second'", over.id)
    second = await stored.person(Role.ADMIN)

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(datetime.now(tz).timestamp() + shift.total_seconds(), tz)

    ours = ("stores.", "missions.", "activities.")
    for name, module in list(sys.modules.items()):
        if name.startswith(ours) and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Wrong)
    for voter in (person, second):
        await stored.answer(voter, approval)
    assert (await stored.desk.resolve(sample.ORG, approval.id)).status is ApprovalStatus.APPROVED
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]
    with pytest.raises(ConflictError, match="EXPIRED"):
        await stored.answer(person, over)
    assert (await stored.desk.resolve(sample.ORG, over.id)).status is ApprovalStatus.EXPIRED
    arguments: dict[str, Any] = {"answer": VoteChoice.DENIED}
    with pytest.raises(ConflictError, match="EXPIRED"):
        await stored.answer(second, over, **arguments)
