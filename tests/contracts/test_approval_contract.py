"""Whatever implements ApprovalDesk and Ledger: in memory, and PostgreSQL with each process's credentials.

Votes have no fake: what is said about them below is said of PostgreSQL only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
import sample_words as sample
from chains import first_bad_entry
from memory_approval_desk import MemoryApprovalDesk
from memory_clock import MemoryClock
from memory_ledger import MemoryLedger
from postgres_hall import PostgresHall

from activities.ports import ApprovalDesk, Ledger
from missions.approval import Answer, Approval, ApprovalStatus, Standing
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
from missions.person import Person, Role
from missions.proposal import Effect, Proposal, Refusal, RiskLevel
from stores.postgres.journal import PostgresJournal
from stores.postgres.ledger import PostgresLedger
from stores.postgres.votes import PostgresVotes

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


class Hall(Protocol):
    """Where approvals are opened, answered and consumed."""

    @property
    def desk(self) -> ApprovalDesk: ...
    @property
    def ledger(self) -> Ledger: ...
    async def mission(self) -> UUID: ...
    async def person(self, *roles: Role) -> Person: ...
    async def agree(self, person: Person, approval: Approval) -> None: ...
    async def tamper(self, approval: Approval, proposal: Proposal) -> None: ...


class MemoryHall:
    def __init__(self) -> None:
        self.desk = MemoryApprovalDesk(MemoryClock(), sample.REQUESTER, "Olga Operator")
        self.ledger = MemoryLedger(self.desk)

    async def mission(self) -> UUID:
        return uuid4()

    async def person(self, *roles: Role) -> Person:
        return sample.person(*roles)

    async def agree(self, person: Person, approval: Approval) -> None:
        await self.desk.answer(person, approval.id, Answer.APPROVED)

    async def tamper(self, approval: Approval, proposal: Proposal) -> None:
        self.desk.tamper(approval.id, proposal=proposal)


@pytest.fixture(params=["memory", "postgres"])
def hall(request: pytest.FixtureRequest) -> Hall:
    # Not an async fixture: it asks for another one.
    made: Hall = MemoryHall() if request.param == "memory" else request.getfixturevalue("stored")
    return made


async def opened(
    hall: Hall,
    mission: UUID | None = None,
    *,
    risk: RiskLevel = RiskLevel.MEDIUM,
    effect: Effect = Effect.REVIEW,
    window_s: int = 600,
    act_s: int = 600,
) -> Approval:
    return await hall.desk.open(
        sample.ORG,
        mission or await hall.mission(),
        proposal=sample.proposal(),
        verdict=sample.verdict(effect, risk),
        window_s=window_s,
        act_s=act_s,
    )


async def agreed(hall: Hall, **more: Any) -> Approval:
    approval = await opened(hall, **more)
    await hall.agree(await hall.person(), approval)
    return approval


async def status_of(hall: Hall, approval: Approval) -> ApprovalStatus:
    return (await hall.desk.resolve(sample.ORG, approval.id)).status


# Opening


async def test_opening_again_finds_the_same_row(hall: Hall) -> None:
    """A retry asks the same question: same id, same hash, same times."""
    mission = await hall.mission()
    first = await opened(hall, mission)
    assert await opened(hall, mission, window_s=1) == first
    assert (first.status, first.quorum, first.requester) == (ApprovalStatus.PENDING, 1, sample.REQUESTER)
    assert (first.act_by - first.decide_by).total_seconds() == 600
    assert await hall.ledger.read(sample.ORG, first.id) == (first, None)


async def test_other_content_is_another_approval(hall: Hall) -> None:
    """What changed since is asked anew, and the old question is taken back."""
    mission = await hall.mission()
    first = await opened(hall, mission)
    proposal = sample.proposal(pre_state=sample.state(generation=4))
    other = await hall.desk.open(
        sample.ORG, mission, proposal=proposal, verdict=sample.verdict(), window_s=600, act_s=600
    )
    assert other.id != first.id
    assert other.action_hash != first.action_hash
    assert await status_of(hall, first) is ApprovalStatus.CANCELLED
    assert await status_of(hall, other) is ApprovalStatus.PENDING
    with pytest.raises(ConflictError):
        await hall.agree(await hall.person(), first)


async def test_a_new_question_takes_back_an_agreement_that_nobody_acted_on(hall: Hall) -> None:
    """APPROVED and not consumed is taken back; consumed is left, and so is what another mission asked."""
    mission = await hall.mission()
    first, foreign = await agreed(hall, mission=mission), await agreed(hall)
    asked = [sample.proposal(pre_state=sample.state(generation=number)) for number in (4, 5)]
    more: dict[str, Any] = {"verdict": sample.verdict(), "window_s": 600, "act_s": 600}
    second = await hall.desk.open(sample.ORG, mission, proposal=asked[0], **more)
    assert await status_of(hall, first) is ApprovalStatus.CANCELLED
    await hall.agree(await hall.person(), second)
    await hall.ledger.begin(sample.ORG, second.id, "a")
    await hall.desk.open(sample.ORG, mission, proposal=asked[1], **more)
    assert await status_of(hall, second) is ApprovalStatus.APPROVED
    assert await status_of(hall, foreign) is ApprovalStatus.APPROVED


async def test_the_same_action_of_two_missions_has_two_hashes(hall: Hall) -> None:
    """A hash binds one approval of one mission."""
    first, second = await opened(hall), await opened(hall)
    assert first.action_hash != second.action_hash


async def test_what_a_rule_allows_is_approved(hall: Hall) -> None:
    """Without people, and consumed like any other."""
    approval = await opened(hall, risk=RiskLevel.LOW, effect=Effect.ALLOW)
    assert approval.status is ApprovalStatus.APPROVED
    consumed, did = await hall.ledger.begin(sample.ORG, approval.id, "a")
    assert did
    assert consumed.consumed_at is not None


async def test_an_unknown_approval_is_not_found(hall: Hall) -> None:
    """On both sides."""
    with pytest.raises(NotFoundError):
        await hall.desk.resolve(sample.ORG, uuid4())
    with pytest.raises(NotFoundError):
        await hall.desk.revoke(sample.ORG, uuid4())
    with pytest.raises(NotFoundError):
        await hall.ledger.read(sample.ORG, uuid4())
    with pytest.raises(NotFoundError):
        await hall.ledger.begin(sample.ORG, uuid4(), "a")


# Ending


async def test_ap4_time_runs_out_by_the_clock_of_the_rows(hall: Hall, eventually: Eventually) -> None:
    """EXPIRED for good: nobody can say yes any more, and nothing can be consumed."""
    person = await hall.person()
    approval = await opened(hall, window_s=1)
    standing = await hall.desk.resolve(sample.ORG, approval.id)
    assert standing.status is ApprovalStatus.PENDING
    assert 0 < standing.seconds_left <= 1

    async def expired() -> bool:
        return await status_of(hall, approval) is ApprovalStatus.EXPIRED

    await eventually(expired)
    with pytest.raises(ConflictError):
        await hall.agree(person, approval)
    with pytest.raises(RefusedError, match="EXPIRED"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")
    assert await hall.desk.revoke(sample.ORG, approval.id) == Standing(status=ApprovalStatus.EXPIRED)


async def test_a_yes_after_the_time_is_none_even_if_nobody_looked(hall: Hall) -> None:
    """The time decides, not who first notices."""
    person = await hall.person()
    approval = await opened(hall, window_s=0)
    with pytest.raises(ConflictError):
        await hall.agree(person, approval)


async def test_a_withdrawn_question_cannot_be_answered(hall: Hall) -> None:
    """Revoked once, revoked for good."""
    approval = await opened(hall)
    for _ in range(2):
        assert await hall.desk.revoke(sample.ORG, approval.id) == Standing(status=ApprovalStatus.CANCELLED)
    with pytest.raises(ConflictError):
        await hall.agree(await hall.person(), approval)
    with pytest.raises(RefusedError, match="CANCELLED"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")


async def test_an_agreement_can_be_withdrawn_until_it_is_consumed(hall: Hall) -> None:
    """Before: nothing happens. After: the effect is on its way, and revoke says so."""
    withdrawn, consumed = await agreed(hall), await agreed(hall)
    assert await hall.desk.revoke(sample.ORG, withdrawn.id) == Standing(status=ApprovalStatus.CANCELLED)
    with pytest.raises(RefusedError):
        await hall.ledger.begin(sample.ORG, withdrawn.id, "a")
    await hall.ledger.begin(sample.ORG, consumed.id, "a")
    assert await hall.desk.revoke(sample.ORG, consumed.id) == Standing(
        status=ApprovalStatus.APPROVED, consumed=True
    )


# Consuming


async def test_an_unanswered_approval_is_not_consumed(hall: Hall) -> None:
    """No effect without a yes."""
    approval = await opened(hall)
    with pytest.raises(RefusedError, match="PENDING"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")


async def test_the_same_key_goes_on(hall: Hall) -> None:
    """A retry after a crash gets the approval again, and knows that it was begun."""
    approval = await agreed(hall)
    first, did = await hall.ledger.begin(sample.ORG, approval.id, "a")
    assert did
    assert await hall.ledger.begin(sample.ORG, approval.id, "a") == (first, False)
    with pytest.raises(RefusedError, match="consumed"):
        await hall.ledger.begin(sample.ORG, approval.id, "b")


async def test_ap2_a_changed_row_is_refused(hall: Hall) -> None:
    """What is acted on is what people agreed to: a changed column changes the hash."""
    approval = await agreed(hall)
    action = approval.proposal.action.model_copy(update={"params": {"revision": 99}})
    await hall.tamper(approval, approval.proposal.model_copy(update={"action": action}))
    with pytest.raises(RefusedError, match="hash"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")


async def test_too_late_to_act_is_refused(hall: Hall, eventually: Eventually) -> None:
    """An agreement does not keep: past act_by nothing is consumed."""
    approval = await agreed(hall, window_s=1, act_s=0)

    async def over() -> bool:
        return (await hall.desk.resolve(sample.ORG, approval.id)).seconds_left == 0

    await eventually(over)
    with pytest.raises(RefusedError, match="time to act"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")


async def test_an_early_answer_shortens_the_time_to_act(hall: Hall) -> None:
    """As long after the decision as it was to be after the last moment to decide; no time here, so none."""
    approval = await agreed(hall, window_s=3600, act_s=0)
    read, _ = await hall.ledger.read(sample.ORG, approval.id)
    assert read.act_until == read.decided_at
    with pytest.raises(RefusedError, match="time to act"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")


async def test_a_retry_too_late_to_act_is_refused(hall: Hall, eventually: Eventually) -> None:
    """Also for who consumed it: what was not done in time is not done at all."""
    approval = await agreed(hall, act_s=1)
    begun, _ = await hall.ledger.begin(sample.ORG, approval.id, "a")

    async def over() -> bool:
        return datetime.now(UTC) > begun.act_until

    await eventually(over)
    with pytest.raises(RefusedError, match="time to act"):
        await hall.ledger.begin(sample.ORG, approval.id, "a")


async def test_the_first_outcome_stays(hall: Hall) -> None:
    """A retry that comes back with another receipt gets the recorded one."""
    approval = await agreed(hall)
    assert (await hall.ledger.read(sample.ORG, approval.id))[1] is None
    await hall.ledger.begin(sample.ORG, approval.id, "a")
    first = sample.receipt("a")
    assert await hall.ledger.finish(sample.ORG, approval.id, first) == first
    assert await hall.ledger.finish(sample.ORG, approval.id, sample.receipt("b")) == first
    assert (await hall.ledger.read(sample.ORG, approval.id))[1] == first


async def test_a_refusal_says_why(hall: Hall) -> None:
    """Its receipt says that nothing was done, and is no outcome."""
    approval = await opened(hall)
    refused = await hall.ledger.refuse(sample.ORG, approval.id, "The target changed.", Refusal.CHANGED)
    assert (refused.applied, refused.detail) == (False, "The target changed.")
    assert (await hall.ledger.read(sample.ORG, approval.id))[1] is None


async def test_a_refusal_after_the_consume_is_the_outcome(hall: Hall) -> None:
    """Nobody knows what became of it: recorded as uncertain, and final, however often it is refused."""
    approval = await agreed(hall)
    await hall.ledger.begin(sample.ORG, approval.id, "a")
    refused = await hall.ledger.refuse(sample.ORG, approval.id, "The target changed.", Refusal.CHANGED)
    assert (refused.applied, refused.certain) == (False, False)
    assert (await hall.ledger.read(sample.ORG, approval.id))[1] == refused
    assert (
        await hall.ledger.refuse(sample.ORG, approval.id, "The time is over.", Refusal.FORBIDDEN) == refused
    )
    assert await hall.ledger.finish(sample.ORG, approval.id, sample.receipt("a")) == refused
    assert (await hall.ledger.read(sample.ORG, approval.id))[1] == refused


async def test_a_refusal_does_not_replace_an_outcome(hall: Hall) -> None:
    """A slow attempt that comes back after another one was done."""
    approval = await agreed(hall)
    await hall.ledger.begin(sample.ORG, approval.id, "a")
    done = await hall.ledger.finish(sample.ORG, approval.id, sample.receipt("a"))
    assert await hall.ledger.refuse(sample.ORG, approval.id, "The target changed.", Refusal.CHANGED) == done
    assert (await hall.ledger.read(sample.ORG, approval.id))[1] == done


# On PostgreSQL: rows that only its owner can change.


async def test_a_status_without_votes_is_refused(stored: PostgresHall) -> None:
    """APPROVED alone is no agreement: the votes are counted again."""
    approval = await opened(stored)
    await stored.change("status = 'APPROVED'", approval.id)
    with pytest.raises(RefusedError, match="Not enough"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")


async def test_ap6_who_lost_the_right_has_not_agreed(stored: PostgresHall) -> None:
    """A yes counts if its author may still say it when it is acted on."""
    person = await stored.person()
    approval = await opened(stored)
    await stored.agree(person, approval)
    await stored.demote(person)
    with pytest.raises(RefusedError, match="Not enough"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")


async def test_ap6_of_a_suspended_organization_nothing_begins(stored: PostgresHall) -> None:
    """Whoever agreed before; resumed, what was agreed to may be done while its time lasts."""
    person = await stored.person()
    approval = await opened(stored)
    await stored.agree(person, approval)
    await stored.set_status(OrgStatus.SUSPENDED)
    with pytest.raises(RefusedError, match="suspended"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")
    await stored.set_status(OrgStatus.ACTIVE)
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


# On PostgreSQL: people's votes.


async def test_ap1_high_risk_needs_two(stored: PostgresHall) -> None:
    """One yes leaves it PENDING and rings nobody; the second decides."""
    approval = await opened(stored, risk=RiskLevel.HIGH)
    first = await stored.answer(await stored.person(), approval)
    assert (first.approval.status, first.message) == (ApprovalStatus.PENDING, None)
    second = await stored.answer(await stored.person(Role.ADMIN), approval)
    assert second.approval.status is ApprovalStatus.APPROVED
    assert second.message is not None
    assert second.message.body == {"approvalId": str(approval.id)}
    assert len(second.approval.votes) == 2
    assert (await stored.ledger.begin(sample.ORG, approval.id, "a"))[1]


async def test_ap6_one_no_is_enough(stored: PostgresHall) -> None:
    """Also after a yes; and no yes comes after it."""
    approval = await opened(stored, risk=RiskLevel.HIGH)
    await stored.answer(await stored.person(), approval)
    denied = await stored.answer(await stored.person(), approval, Answer.DENIED)
    assert denied.approval.status is ApprovalStatus.DENIED
    with pytest.raises(ConflictError, match="DENIED"):
        await stored.answer(await stored.person(), approval)


async def test_a_decision_is_an_event(stored: PostgresHall) -> None:
    """Recorded with person, answer and notes, in the transaction that decides."""
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
        answer=Answer.APPROVED,
        notes="the leak is plain",
        status=ApprovalStatus.APPROVED,
    )


async def test_ap1_who_may_not_decide(stored: PostgresHall) -> None:
    """Not who asked, not an operator, not a service account, whatever their roles."""
    approval = await opened(stored)
    everything = {"roles": frozenset(Role)}
    for person in (
        sample.person(Role.ADMIN, id=sample.REQUESTER),
        sample.person(Role.OPERATOR),
        sample.person(Role.AUDITOR),
        sample.person(is_service=True, **everything),
    ):
        with pytest.raises(ForbiddenError):
            await stored.answer(person, approval)
    assert (await stored.ledger.read(sample.ORG, approval.id))[0].votes == ()


async def test_the_same_answer_again_changes_nothing(stored: PostgresHall) -> None:
    """A double click is no second vote; a change of mind is refused."""
    person = await stored.person()
    approval = await opened(stored, risk=RiskLevel.HIGH)
    first = await stored.answer(person, approval)
    again = await stored.answer(person, approval, notes="clicked again")
    assert (again.recorded, again.message) == (None, None)
    assert again.approval == first.approval
    with pytest.raises(ConflictError, match="APPROVED already"):
        await stored.answer(person, approval, Answer.DENIED)
    assert await status_of(stored, approval) is ApprovalStatus.PENDING


async def test_what_was_shown_is_what_is_answered(stored: PostgresHall) -> None:
    """An answer to another hash counts nothing."""
    approval = await opened(stored)
    with pytest.raises(ChangedError):
        await stored.answer(await stored.person(), approval, shown_hash="0" * 64)
    assert (await stored.ledger.read(sample.ORG, approval.id))[0].votes == ()


@pytest.mark.parametrize(("risk", "needed"), [(RiskLevel.LOW, False), (RiskLevel.MEDIUM, True)])
async def test_reasons_are_required_from_medium(
    stored: PostgresHall, risk: RiskLevel, *, needed: bool
) -> None:
    """Blanks are no reason."""
    approval, person = await opened(stored, risk=risk), await stored.person()
    if needed:
        with pytest.raises(InvalidError, match="notes"):
            await stored.answer(person, approval, notes=" \n")
        return
    decision = await stored.answer(person, approval, notes="")
    assert decision.approval.status is ApprovalStatus.APPROVED


async def test_ap3_thirty_deciders_leave_one_outcome(stored: PostgresHall) -> None:
    """Yes, no, withdrawals and consumers at once: one outcome, no gap, an unbroken chain."""
    mission = await stored.mission()
    approval = await opened(stored, mission)
    people = await asyncio.gather(*(stored.person() for _ in range(30)))

    async def decide(number: int, person: Person) -> bool:
        try:
            if number % 10 == 9:
                await stored.desk.revoke(sample.ORG, approval.id)
                return False
            answer = Answer.DENIED if number % 3 == 2 else Answer.APPROVED
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


async def test_the_workflow_side_cannot_vote_and_the_api_cannot_consume(stored: PostgresHall) -> None:
    """The database refuses what each process's credentials are not for."""
    approval, person = await opened(stored), await stored.person()
    with pytest.raises(Exception, match="permission denied") as raised:
        await PostgresVotes(stored.missions).respond(
            person, approval.id, answer=Answer.APPROVED, notes="me too", shown_hash=approval.action_hash
        )
    assert not isinstance(raised.value, OpsError)
    await stored.agree(person, approval)
    for database in (stored.api, stored.missions):
        with pytest.raises(Exception, match="permission denied"):
            await PostgresLedger(database).begin(sample.ORG, approval.id, "a")
