"""AP12: participants do not decide: checked when an approval opens, at each vote and by the executor."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
import samples as sample
from approval_stores import opened
from postgres_approvals import PostgresApprovals
from sqlalchemy import text

from missions.approval import Approval, ApprovalStatus, VoteChoice, action_hash
from missions.errors import ForbiddenError, RefusedError
from missions.event import Planned
from missions.feedback import Feedback, FeedbackKind
from missions.mission import Priority
from missions.participant import ParticipantRole
from missions.permissions import Role
from missions.person import Person
from missions.proposal import RiskLevel
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.service_accounts import ServiceAccount, ServiceAccountStore
from stores.postgres.approvals.rows import bound_of
from stores.postgres.approvals.tables import ApprovalRow, VoteRow
from stores.postgres.missions.browser_control import BrowserControlStore
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.missions.missions import MissionStore, NewMission

Part = Callable[[PostgresApprovals, UUID, Person], Awaitable[None]]
HOUR = timedelta(hours=1)


async def steer(
    stored: PostgresApprovals, mission: UUID, person: Person, stance: FeedbackKind = FeedbackKind.PINNED
) -> None:
    feedback = Feedback(service="web", stance=stance, person=person.id, name=person.name)
    await MissionStore(stored.api).steer(person, mission, feedback)


async def steer_and_take_back(stored: PostgresApprovals, mission: UUID, person: Person) -> None:
    await steer(stored, mission, person)
    await steer(stored, mission, person, FeedbackKind.OPEN)


async def control_browser(stored: PostgresApprovals, mission: UUID, person: Person) -> None:
    plan = Planned(plan=sample.plan())
    await PostgresJournal(stored.missions).append(sample.ORG, mission, "agent", plan)
    await BrowserControlStore(stored.api).take(person, mission, plan.plan.targets[0].id)


async def control_briefly(stored: PostgresApprovals, mission: UUID, person: Person) -> None:
    await control_browser(stored, mission, person)
    await BrowserControlStore(stored.api).give_back(person, mission)


async def use_service_account(stored: PostgresApprovals, mission: UUID, person: Person) -> None:
    """A service account gives feedback; the person made its key."""
    account, _ = await service_account(stored, person)
    await steer(stored, mission, account)


async def service_account(stored: PostgresApprovals, maker: Person) -> tuple[Person, ServiceAccount]:
    """A service account that may read every mission, as its key signs it in."""
    accounts, roles = ServiceAccountStore(stored.api), frozenset({Role.OPERATOR, Role.AUDITOR})
    account = await accounts.add(maker, "Robot", roles)
    _, secret = await accounts.add_key(maker, account.id, "k", roles, HOUR)
    return await accounts.by_key(secret), account


async def requested_by(stored: PostgresApprovals, person: Person) -> UUID:
    new_mission = NewMission("Payments is slow.", Priority.NORMAL, None, None, None)
    return (await MissionStore(stored.api).create(person, new_mission, "http://127.0.0.1")).mission.id


async def forge(stored: PostgresApprovals, approval: Approval, *people: Person) -> None:
    """Writes approvals of these people and the status APPROVED as the owner of the database."""
    async with stored.owner.transaction(sample.ORG) as session:
        for person in people:
            session.add(
                VoteRow(
                    approval_id=approval.id,
                    person=person.id,
                    name=person.name,
                    answer=VoteChoice.APPROVED.value,
                    notes="forged",
                    action_hash=approval.action_hash,
                )
            )
    await stored.change("status = 'APPROVED', decided_at = clock_timestamp()", approval.id)


async def too_few(stored: PostgresApprovals, approval: Approval) -> None:
    """The executor refuses."""
    with pytest.raises(RefusedError, match="Too few of the approvers"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")


PARTS: dict[str, tuple[Part, ParticipantRole]] = {
    "steered": (steer, ParticipantRole.STEERED),
    "steered and took it back": (steer_and_take_back, ParticipantRole.STEERED),
    "controlled the browser": (control_browser, ParticipantRole.CONTROLLED_BROWSER),
    "controlled the browser briefly": (control_briefly, ParticipantRole.CONTROLLED_BROWSER),
    "holds the key of a program that steered": (use_service_account, ParticipantRole.HOLDS_KEY),
}
each_part = pytest.mark.parametrize(("take_part", "role"), PARTS.values(), ids=PARTS)


@each_part
async def test_ap12_who_took_part_before_does_not_decide(
    stored: PostgresApprovals, take_part: Part, role: ParticipantRole
) -> None:
    """The person is on the card and in the hash; neither the API nor the executor counts the vote."""
    mission, person = await stored.mission(), await stored.person(Role.ADMIN)
    await take_part(stored, mission, person)
    approval = await opened(stored, mission)
    parts = {(part.person, part.role): part.name for part in approval.participants}
    assert parts[person.id, role] == person.name
    assert parts[sample.REQUESTER, ParticipantRole.REQUESTER]
    assert approval.later_participants == ()
    for answer in VoteChoice:
        with pytest.raises(ForbiddenError) as raised:
            await stored.answer(person, approval, answer)
        assert "somebody else must decide" in str(raised.value.detail)
    await forge(stored, approval, person)
    await too_few(stored, approval)
    await stored.change("status = 'PENDING', decided_at = NULL", approval.id)
    decision = await stored.answer(await stored.person(), approval)
    assert (decision.approval.status, decision.approval.agreed) == (ApprovalStatus.APPROVED, 1)
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


@each_part
async def test_ap12_who_took_part_after_the_vote_has_not_agreed(
    stored: PostgresApprovals, take_part: Part, role: ParticipantRole
) -> None:
    """The vote counts no longer: the quorum needs another person, and without one the executor refuses."""
    mission, person = await stored.mission(), await stored.person(Role.ADMIN)
    second, third = await stored.person(), await stored.person()
    approval = await opened(stored, mission, risk=RiskLevel.HIGH)
    await stored.agree(person, approval)
    await take_part(stored, mission, person)
    read = await stored.votes.get(person, approval.id)
    assert (person.id, role) in [(part.person, part.role) for part in read.later_participants]
    assert (read.agreed, len(read.votes), read.action_hash) == (0, 1, approval.action_hash)
    counted = await stored.answer(second, approval)
    assert (counted.approval.status, counted.message) == (ApprovalStatus.PENDING, None)
    await stored.change("status = 'APPROVED', decided_at = clock_timestamp()", approval.id)
    await too_few(stored, approval)
    await stored.change("status = 'PENDING', decided_at = NULL", approval.id)
    assert (await stored.answer(third, approval)).approval.status is ApprovalStatus.APPROVED
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


async def test_ap12_who_takes_part_before_the_action_stops_it(stored: PostgresApprovals) -> None:
    """An approval that was decided is refused when one of its approvers took part afterwards."""
    mission, person = await stored.mission(), await stored.person(Role.ADMIN)
    approval = await opened(stored, mission)
    assert (await stored.answer(person, approval)).approval.status is ApprovalStatus.APPROVED
    await steer(stored, mission, person)
    await too_few(stored, approval)


async def test_ap12_a_program_asks_for_who_holds_its_key(stored: PostgresApprovals) -> None:
    """The creator of a requesting service account's key is excluded, also if the key was just revoked."""
    maker, other = await stored.person(Role.ADMIN), await stored.person(Role.ADMIN)
    program, account = await service_account(stored, maker)
    accounts = ServiceAccountStore(stored.api)
    for key in (await accounts.all(sample.ORG))[-1].keys:
        await accounts.revoke_key(maker, account.id, key.id)
    approval = await opened(stored, await requested_by(stored, program))
    roles = {part.person: part.role for part in approval.participants}
    assert roles == {program.id: ParticipantRole.REQUESTER, maker.id: ParticipantRole.HOLDS_KEY}
    with pytest.raises(ForbiddenError, match="key"):
        await stored.answer(maker, approval)
    assert (await stored.answer(other, approval)).approval.status is ApprovalStatus.APPROVED


async def test_ap12_an_old_key_may_be_any_administrators(stored: PostgresApprovals) -> None:
    """For a key without a recorded creator, every administrator of the organization is a participant."""
    admins = [await stored.person(Role.ADMIN) for _ in range(2)]
    approver, foreign = await stored.person(), await foreign_administrator(stored)
    program, _ = await service_account(stored, admins[0])
    async with stored.owner.transaction() as session:
        unknown = text("UPDATE shared.api_keys SET created_by = NULL WHERE person_id = :id")
        await session.execute(unknown, {"id": program.id})
    approval = await opened(stored, await requested_by(stored, program))
    holders = {part.person for part in approval.participants if part.role is ParticipantRole.HOLDS_KEY}
    assert {admin.id for admin in admins} <= holders
    assert not {approver.id, foreign.id, program.id} & holders
    for admin in admins:
        with pytest.raises(ForbiddenError):
            await stored.answer(admin, approval)
    assert (await stored.answer(approver, approval)).approval.status is ApprovalStatus.APPROVED


@pytest.mark.parametrize(("ended", "counts"), [("30 minutes", True), ("2 hours", False)])
async def test_ap12_a_key_that_ended_long_ago_asked_for_nothing(
    stored: PostgresApprovals, ended: str, *, counts: bool
) -> None:
    """A key that ended more than an hour before the mission was requested makes nobody a participant."""
    first, second = await stored.person(Role.ADMIN), await stored.person(Role.ADMIN)
    program, account = await service_account(stored, first)
    async with stored.owner.transaction() as session:
        over = f"UPDATE shared.api_keys SET expires_at = clock_timestamp() - interval '{ended}'"  # noqa: S608  our own words
        await session.execute(text(f"{over} WHERE person_id = :id"), {"id": program.id})
    roles = frozenset({Role.OPERATOR})
    await ServiceAccountStore(stored.api).add_key(second, account.id, "k", roles, HOUR)
    approval = await opened(stored, await requested_by(stored, program))
    holders = {part.person for part in approval.participants if part.role is ParticipantRole.HOLDS_KEY}
    assert holders == ({first.id, second.id} if counts else {second.id})


async def test_ap12_an_approval_of_an_earlier_version_is_counted_the_same(stored: PostgresApprovals) -> None:
    """Its hash covers no participants and stays valid, and those of now are excluded all the same."""
    mission, person = await stored.mission(), await stored.person(Role.ADMIN)
    await steer(stored, mission, person)
    approval = await opened(stored, mission)
    async with stored.owner.transaction(sample.ORG) as session:
        row = await session.get(ApprovalRow, approval.id)
        assert row is not None
        await session.execute(
            text("UPDATE approvals SET participants = NULL WHERE id = :id"), {"id": approval.id}
        )
        await session.refresh(row)
        row.action_hash = action_hash(bound_of(sample.ORG, row))
        earlier = approval.model_copy(update={"action_hash": row.action_hash})
    with pytest.raises(ForbiddenError):
        await stored.answer(person, earlier)
    await forge(stored, earlier, person)
    await too_few(stored, earlier)
    await stored.change("status = 'PENDING', decided_at = NULL", earlier.id)
    decision = await stored.answer(await stored.person(), earlier)
    assert decision.approval.participants == ()
    assert [part.person for part in decision.approval.later_participants] == [person.id]
    assert (await stored.ledger.begin(sample.ORG, earlier.id, "a"))[1]


async def foreign_administrator(stored: PostgresApprovals) -> Person:
    people, email = PersonStore(stored.owner), "foreign@example.org"
    await people.add_org("other", "Other")
    await people.add("other", email, "Fred", "hash", frozenset({Role.ADMIN}))
    account = await people.by_email(email)
    assert account is not None
    return account.person
