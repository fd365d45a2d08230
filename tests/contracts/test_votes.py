"""Votes and the constraints of the rows, on PostgreSQL only: they have no fake."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import samples as sample
from approval_stores import opened, status_of
from chains import first_bad_entry
from postgres_approvals import PostgresApprovals

from missions.approval import ApprovalStatus, VoteChoice
from missions.approval_rights import MAX_VOTES, WhyNotCode, rights_on_approval
from missions.errors import (
    ChangedError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    OpsError,
    RefusedError,
)
from missions.event import Decided
from missions.organization import OrgStatus
from missions.permissions import Role
from missions.person import Person
from missions.proposal import RiskLevel
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.missions.journal import PostgresJournal

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


async def test_a_status_without_votes_is_refused(stored: PostgresApprovals) -> None:
    """The status APPROVED alone is not enough: the votes are counted again."""
    approval = await opened(stored)
    await stored.change("status = 'APPROVED'", approval.id)
    with pytest.raises(RefusedError, match="Too few of the approvers"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")


async def test_ap6_who_lost_the_right_has_not_agreed(stored: PostgresApprovals) -> None:
    """A vote counts only if its author may still decide when the approval is consumed."""
    person = await stored.person()
    approval = await opened(stored)
    await stored.agree(person, approval)
    await stored.demote(person)
    with pytest.raises(RefusedError, match="Too few of the approvers"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")


async def test_ap6_of_a_suspended_organization_nothing_begins(stored: PostgresApprovals) -> None:
    """A suspended organization cannot consume an approval; after a resume it can, within the time to act."""
    person = await stored.person()
    approval = await opened(stored)
    await stored.agree(person, approval)
    await stored.set_status(OrgStatus.SUSPENDED)
    with pytest.raises(RefusedError, match="suspended"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")
    await stored.set_status(OrgStatus.ACTIVE)
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


# Votes


async def test_ap1_high_risk_needs_two(stored: PostgresApprovals) -> None:
    """The first approval leaves it PENDING without a signal; the second decides."""
    approval = await opened(stored, risk=RiskLevel.HIGH)
    first = await stored.answer(await stored.person(), approval)
    assert (first.approval.status, first.message) == (ApprovalStatus.PENDING, None)
    second = await stored.answer(await stored.person(Role.ADMIN), approval)
    assert second.approval.status is ApprovalStatus.APPROVED
    assert second.message is not None
    assert second.message.body == {"approvalId": str(approval.id)}
    assert len(second.approval.votes) == 2
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


async def test_ap6_one_no_is_enough(stored: PostgresApprovals) -> None:
    """A denial after an approval decides, and later votes are refused."""
    approval = await opened(stored, risk=RiskLevel.HIGH)
    await stored.answer(await stored.person(), approval)
    denied = await stored.answer(await stored.person(), approval, VoteChoice.DENIED)
    assert denied.approval.status is ApprovalStatus.DENIED
    with pytest.raises(ConflictError, match="DENIED"):
        await stored.answer(await stored.person(), approval)


async def test_a_decision_is_an_event(stored: PostgresApprovals) -> None:
    """The event has person, answer and notes, and is written in the deciding transaction."""
    mission, person = await stored.mission(), await stored.person()
    approval = await opened(stored, mission)
    decision = await stored.answer(person, approval, notes="the leak is plain")
    events = await PostgresJournal(stored.missions).read(sample.ORG, mission)
    assert decision.recorded is not None
    assert events[-1] == decision.recorded.event
    assert events[-1].actor == person.email
    assert events[-1].payload == Decided(
        approval_id=approval.id,
        person=person.id,
        name=person.name,
        answer=VoteChoice.APPROVED,
        notes="the leak is plain",
        status=ApprovalStatus.APPROVED,
    )


async def test_ap1_who_may_not_decide(stored: PostgresApprovals) -> None:
    """Requester, auditor and service account cannot decide; an operator does not see the approval."""
    approval = await opened(stored)
    everything = {"roles": frozenset(Role)}
    for person in (
        sample.person(Role.ADMIN, id=sample.REQUESTER),
        sample.person(Role.AUDITOR),
        sample.person(is_service=True, **everything),
    ):
        with pytest.raises(ForbiddenError):
            await stored.answer(person, approval)
    with pytest.raises(NotFoundError):
        await stored.answer(sample.person(Role.OPERATOR), approval)
    assert (await stored.ledger.read(sample.ORG, approval.id))[0].votes == ()


async def test_the_same_answer_again_changes_nothing(stored: PostgresApprovals) -> None:
    """A repeated answer is not a second vote; a different answer is refused."""
    person = await stored.person()
    approval = await opened(stored, risk=RiskLevel.HIGH)
    first = await stored.answer(person, approval)
    again = await stored.answer(person, approval, notes="clicked again")
    assert (again.recorded, again.message) == (None, None)
    assert again.approval == first.approval
    with pytest.raises(ConflictError, match="already answered APPROVED"):
        await stored.answer(person, approval, VoteChoice.DENIED)
    assert await status_of(stored, approval) is ApprovalStatus.PENDING


async def test_ap13_votes_do_not_alternate_without_end(stored: PostgresApprovals) -> None:
    """The fourth vote of a person is a conflict that writes nothing; withdrawing and others' votes go on."""
    mission, person = await stored.mission(), await stored.person()
    approval = await opened(stored, mission, risk=RiskLevel.HIGH)
    for number in range(1, MAX_VOTES + 1):
        answered = await stored.answer(person, approval)
        assert (answered.approval.agreed, len(answered.approval.out_of_votes)) == (1, number // MAX_VOTES)
        assert (await stored.answer(person, approval)).recorded is None
        withdrawn = await stored.votes.withdraw(person, approval.id, reason="not yet")
        assert withdrawn.approval.agreed == 0
    journal = PostgresJournal(stored.missions)
    before = await journal.read(sample.ORG, mission)
    for answer in VoteChoice:
        with pytest.raises(ConflictError, match="voted 3 times"):
            await stored.answer(person, approval, answer)
    with pytest.raises(ConflictError):
        await stored.votes.withdraw(person, approval.id, reason="not yet")
    assert await journal.read(sample.ORG, mission) == before
    assert len([event for event in before if isinstance(event.payload, Decided)]) == MAX_VOTES
    read = await stored.votes.get(person, approval.id)
    assert (read.votes, read.status) == ((), ApprovalStatus.PENDING)
    reason = rights_on_approval(person, read, sample.NOON).why_not
    assert reason is not None
    assert reason.code is WhyNotCode.OUT_OF_VOTES
    for other in [await stored.person() for _ in range(2)]:
        decision = await stored.answer(other, approval)
    assert decision.approval.status is ApprovalStatus.APPROVED


async def test_what_was_shown_is_what_is_answered(stored: PostgresApprovals) -> None:
    """An answer with another hash is not a vote."""
    approval = await opened(stored)
    with pytest.raises(ChangedError):
        await stored.answer(await stored.person(), approval, shown_hash="0" * 64)
    assert (await stored.ledger.read(sample.ORG, approval.id))[0].votes == ()


@pytest.mark.parametrize(("risk", "needed"), [(RiskLevel.LOW, False), (RiskLevel.MEDIUM, True)])
async def test_reasons_are_required_from_medium(
    stored: PostgresApprovals, risk: RiskLevel, *, needed: bool
) -> None:
    """Blank notes are not a reason."""
    approval, person = await opened(stored, risk=risk), await stored.person()
    if needed:
        with pytest.raises(InvalidError, match="notes"):
            await stored.answer(person, approval, notes=" \n")
        return
    decision = await stored.answer(person, approval, notes="")
    assert decision.approval.status is ApprovalStatus.APPROVED


async def test_ap3_thirty_deciders_leave_one_outcome(stored: PostgresApprovals) -> None:
    """Concurrent votes, revocations and consumers leave one outcome, no gap and a valid chain."""
    mission = await stored.mission()
    approval = await opened(stored, mission)
    people = await asyncio.gather(*(stored.person() for _ in range(30)))

    async def decide(number: int, person: Person) -> bool:
        try:
            if number % 10 == 9:
                await stored.desk.revoke(sample.ORG, approval.id)
                return False
            answer = VoteChoice.DENIED if number % 3 == 2 else VoteChoice.APPROVED
            await stored.answer(person, approval, answer)
        except ConflictError:
            return False
        return True

    async def consume(number: int) -> bool:
        try:
            return (await stored.ledger.begin(sample.ORG, approval.id, f"key{number}"))[1]
        except RefusedError:
            return False

    votes = asyncio.gather(*(decide(number, person) for number, person in enumerate(people)))
    consumed = sum(await asyncio.gather(*(consume(number) for number in range(10))))
    assert sum(await votes) <= 1
    final, _ = await stored.ledger.read(sample.ORG, approval.id)
    assert final.status in (ApprovalStatus.APPROVED, ApprovalStatus.DENIED, ApprovalStatus.CANCELLED)
    assert len(final.votes) == sum(await votes)
    assert consumed == (final.consumed_at is not None)
    assert not consumed or final.status is ApprovalStatus.APPROVED
    events = await PostgresJournal(stored.missions).read(sample.ORG, mission)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len([event for event in events if isinstance(event.payload, Decided)]) == len(final.votes)
    assert await first_bad_entry(stored.owner) is None


async def test_the_workflow_side_cannot_vote_and_the_api_cannot_consume(stored: PostgresApprovals) -> None:
    """The database refuses statements that a process's login does not need."""
    approval, person = await opened(stored), await stored.person()
    with pytest.raises(Exception, match="permission denied") as raised:
        await VoteStore(stored.missions).respond(
            person, approval.id, answer=VoteChoice.APPROVED, notes="me too", shown_hash=approval.action_hash
        )
    assert not isinstance(raised.value, OpsError)
    await stored.agree(person, approval)
    for database in (stored.api, stored.missions):
        with pytest.raises(Exception, match="permission denied"):
            await PostgresLedger(database).begin(sample.ORG, approval.id, "a")
