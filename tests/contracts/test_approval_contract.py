"""Every implementation of ApprovalDesk and Ledger: in memory, and PostgreSQL with the processes' logins."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import samples as sample
from approval_stores import ApprovalStores, agreed, opened, status_of

from missions.approval import ApprovalState, ApprovalStatus
from missions.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
)
from missions.proposal import Effect, Refusal, RiskLevel

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


# Opening


async def test_opening_again_finds_the_same_row(approvals: ApprovalStores) -> None:
    """A retry gets the same id, hash and times."""
    mission = await approvals.mission()
    first = await opened(approvals, mission)
    assert await opened(approvals, mission, window_s=1) == first
    assert (first.status, first.quorum, first.requester) == (ApprovalStatus.PENDING, 1, sample.REQUESTER)
    assert (first.act_by - first.decide_by).total_seconds() == 600
    assert await approvals.ledger.read(sample.ORG, first.id) == (first, None)


async def test_another_question_is_another_approval(approvals: ApprovalStores) -> None:
    """A mission that asks again with equal content opens a new approval, and cancels the one before."""
    mission = await approvals.mission()
    more: dict[str, Any] = {"verdict": sample.verdict(), "window_s": 600, "act_s": 600}
    first = await approvals.desk.open(sample.ORG, mission, proposal=sample.proposal(), **more)
    again = [
        await approvals.desk.open(sample.ORG, mission, proposal=sample.proposal(), earlier=1, **more)
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert again[0].id != first.id
    assert await status_of(approvals, first) is ApprovalStatus.CANCELLED
    assert await status_of(approvals, again[0]) is ApprovalStatus.PENDING


async def test_other_content_is_another_approval(approvals: ApprovalStores) -> None:
    """Changed content opens another approval and cancels the old one."""
    mission = await approvals.mission()
    first = await opened(approvals, mission)
    proposal = sample.proposal(pre_state=sample.state(generation=4))
    other = await approvals.desk.open(
        sample.ORG, mission, proposal=proposal, verdict=sample.verdict(), window_s=600, act_s=600
    )
    assert other.id != first.id
    assert other.action_hash != first.action_hash
    assert await status_of(approvals, first) is ApprovalStatus.CANCELLED
    assert await status_of(approvals, other) is ApprovalStatus.PENDING
    with pytest.raises(ConflictError):
        await approvals.agree(await approvals.person(), first)


async def test_a_new_question_takes_back_an_agreement_that_nobody_acted_on(approvals: ApprovalStores) -> None:
    """A new approval cancels the mission's APPROVED one, unless it is consumed; other missions' stay."""
    mission = await approvals.mission()
    first, foreign = await agreed(approvals, mission=mission), await agreed(approvals)
    proposals = [sample.proposal(pre_state=sample.state(generation=number)) for number in (4, 5)]
    more: dict[str, Any] = {"verdict": sample.verdict(), "window_s": 600, "act_s": 600}
    second = await approvals.desk.open(sample.ORG, mission, proposal=proposals[0], **more)
    assert await status_of(approvals, first) is ApprovalStatus.CANCELLED
    await approvals.agree(await approvals.person(), second)
    await approvals.ledger.begin(sample.ORG, second.id, "a")
    await approvals.desk.open(sample.ORG, mission, proposal=proposals[1], **more)
    assert await status_of(approvals, second) is ApprovalStatus.APPROVED
    assert await status_of(approvals, foreign) is ApprovalStatus.APPROVED


async def test_the_same_action_of_two_missions_has_two_hashes(approvals: ApprovalStores) -> None:
    """A hash is bound to one approval of one mission."""
    first, second = await opened(approvals), await opened(approvals)
    assert first.action_hash != second.action_hash


async def test_what_a_rule_allows_is_approved(approvals: ApprovalStores) -> None:
    """An approval that a rule allows needs no votes and is consumed like any other."""
    approval = await opened(approvals, risk=RiskLevel.LOW, effect=Effect.ALLOW)
    assert approval.status is ApprovalStatus.APPROVED
    consumed, did = await approvals.ledger.begin(sample.ORG, approval.id, "a")
    assert did
    assert consumed.consumed_at is not None


async def test_an_unknown_approval_is_not_found(approvals: ApprovalStores) -> None:
    """The desk and the ledger raise NotFoundError."""
    with pytest.raises(NotFoundError):
        await approvals.desk.resolve(sample.ORG, uuid4())
    with pytest.raises(NotFoundError):
        await approvals.desk.revoke(sample.ORG, uuid4())
    with pytest.raises(NotFoundError):
        await approvals.ledger.read(sample.ORG, uuid4())
    with pytest.raises(NotFoundError):
        await approvals.ledger.begin(sample.ORG, uuid4(), "a")


# Ending


async def test_ap4_time_runs_out_by_the_clock_of_the_rows(
    approvals: ApprovalStores, eventually: Eventually
) -> None:
    """After decide_by the approval is EXPIRED for good: no vote and no consumption."""
    person = await approvals.person()
    approval = await opened(approvals, window_s=1)
    state = await approvals.desk.resolve(sample.ORG, approval.id)
    assert state.status is ApprovalStatus.PENDING
    assert 0 < state.seconds_left <= 1

    async def expired() -> bool:
        return await status_of(approvals, approval) is ApprovalStatus.EXPIRED

    await eventually(expired)
    with pytest.raises(ConflictError):
        await approvals.agree(person, approval)
    with pytest.raises(RefusedError, match="EXPIRED"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")
    assert await approvals.desk.revoke(sample.ORG, approval.id) == ApprovalState(
        status=ApprovalStatus.EXPIRED
    )


async def test_a_yes_after_the_time_is_none_even_if_nobody_looked(approvals: ApprovalStores) -> None:
    """A late vote is refused even before the row is marked as EXPIRED."""
    person = await approvals.person()
    approval = await opened(approvals, window_s=0)
    with pytest.raises(ConflictError):
        await approvals.agree(person, approval)


async def test_a_withdrawn_question_cannot_be_answered(approvals: ApprovalStores) -> None:
    """A revoked approval stays revoked: no vote and no consumption."""
    approval = await opened(approvals)
    for _ in range(2):
        assert await approvals.desk.revoke(sample.ORG, approval.id) == ApprovalState(
            status=ApprovalStatus.CANCELLED
        )
    with pytest.raises(ConflictError):
        await approvals.agree(await approvals.person(), approval)
    with pytest.raises(RefusedError, match="CANCELLED"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")


async def test_an_agreement_can_be_withdrawn_until_it_is_consumed(approvals: ApprovalStores) -> None:
    """Revoking cancels an unconsumed approval; for a consumed one it returns that state."""
    withdrawn, consumed = await agreed(approvals), await agreed(approvals)
    assert await approvals.desk.revoke(sample.ORG, withdrawn.id) == ApprovalState(
        status=ApprovalStatus.CANCELLED
    )
    with pytest.raises(RefusedError):
        await approvals.ledger.begin(sample.ORG, withdrawn.id, "a")
    await approvals.ledger.begin(sample.ORG, consumed.id, "a")
    assert await approvals.desk.revoke(sample.ORG, consumed.id) == ApprovalState(
        status=ApprovalStatus.APPROVED, consumed=True
    )


# Consuming


async def test_an_unanswered_approval_is_not_consumed(approvals: ApprovalStores) -> None:
    """A pending approval cannot be consumed."""
    approval = await opened(approvals)
    with pytest.raises(RefusedError, match="PENDING"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")


async def test_the_same_key_goes_on(approvals: ApprovalStores) -> None:
    """A retry with the same key gets the approval and that it was begun; another key is refused."""
    approval = await agreed(approvals)
    first, did = await approvals.ledger.begin(sample.ORG, approval.id, "a")
    assert did
    assert await approvals.ledger.begin(sample.ORG, approval.id, "a") == (first, False)
    with pytest.raises(RefusedError, match="consumed"):
        await approvals.ledger.begin(sample.ORG, approval.id, "b")


async def test_ap2_a_changed_row_is_refused(approvals: ApprovalStores) -> None:
    """A changed column changes the hash, so the approval cannot be consumed."""
    approval = await agreed(approvals)
    action = approval.proposal.action.model_copy(update={"params": {"revision": 99}})
    await approvals.tamper(approval, approval.proposal.model_copy(update={"action": action}))
    with pytest.raises(RefusedError, match="hash"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")


async def test_too_late_to_act_is_refused(approvals: ApprovalStores, eventually: Eventually) -> None:
    """After act_by an approval cannot be consumed."""
    approval = await agreed(approvals, window_s=4, act_s=0)

    async def over() -> bool:
        return (await approvals.desk.resolve(sample.ORG, approval.id)).seconds_left == 0

    await eventually(over)
    with pytest.raises(RefusedError, match="time to act"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")


async def test_an_early_answer_shortens_the_time_to_act(approvals: ApprovalStores) -> None:
    """The time to act starts at the decision; here it is zero, so the approval cannot be consumed."""
    approval = await agreed(approvals, window_s=3600, act_s=0)
    read, _ = await approvals.ledger.read(sample.ORG, approval.id)
    assert read.act_until == read.decided_at
    with pytest.raises(RefusedError, match="time to act"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")


async def test_a_retry_too_late_to_act_is_refused(approvals: ApprovalStores, eventually: Eventually) -> None:
    """After act_until a retry with the same key is refused too."""
    approval = await agreed(approvals, act_s=1)
    begun, _ = await approvals.ledger.begin(sample.ORG, approval.id, "a")

    async def over() -> bool:
        return datetime.now(UTC) > begun.act_until

    await eventually(over)
    with pytest.raises(RefusedError, match="time to act"):
        await approvals.ledger.begin(sample.ORG, approval.id, "a")


async def test_the_first_outcome_stays(approvals: ApprovalStores) -> None:
    """A retry with another receipt gets the recorded one."""
    approval = await agreed(approvals)
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] is None
    await approvals.ledger.begin(sample.ORG, approval.id, "a")
    first = sample.receipt("a")
    assert await approvals.ledger.finish(sample.ORG, approval.id, first) == first
    assert await approvals.ledger.finish(sample.ORG, approval.id, sample.receipt("b")) == first
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] == first


@pytest.mark.parametrize("votes", [False, True], ids=["pending", "approved"])
async def test_ap10_an_outcome_needs_a_consumed_approval(approvals: ApprovalStores, *, votes: bool) -> None:
    """A receipt of an approval that nobody consumed is refused and not recorded, approved or not."""
    approval = await (agreed(approvals) if votes else opened(approvals))
    for applied in (True, False):
        with pytest.raises(RefusedError, match="nobody acted"):
            await approvals.ledger.finish(sample.ORG, approval.id, sample.receipt("a", applied=applied))
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] is None
    if votes:
        assert (await approvals.ledger.begin(sample.ORG, approval.id, "a"))[1]
        done = sample.receipt("a")
        assert await approvals.ledger.finish(sample.ORG, approval.id, done) == done


async def test_a_refusal_says_why(approvals: ApprovalStores) -> None:
    """The receipt of a refusal has its reason, and is not stored as an outcome."""
    approval = await opened(approvals)
    refused = await approvals.ledger.refuse(sample.ORG, approval.id, "The target changed.", Refusal.CHANGED)
    assert (refused.applied, refused.detail) == (False, "The target changed.")
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] is None


async def test_a_refusal_after_the_consume_is_the_outcome(approvals: ApprovalStores) -> None:
    """The effect is unknown, so the refusal is stored as an uncertain, final outcome."""
    approval = await agreed(approvals)
    await approvals.ledger.begin(sample.ORG, approval.id, "a")
    refused = await approvals.ledger.refuse(sample.ORG, approval.id, "The target changed.", Refusal.CHANGED)
    assert (refused.applied, refused.certain) == (False, False)
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] == refused
    assert (
        await approvals.ledger.refuse(sample.ORG, approval.id, "The time is over.", Refusal.FORBIDDEN)
        == refused
    )
    assert await approvals.ledger.finish(sample.ORG, approval.id, sample.receipt("a")) == refused
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] == refused


async def test_a_refusal_does_not_replace_an_outcome(approvals: ApprovalStores) -> None:
    """A late refusal of a slow attempt returns the recorded outcome."""
    approval = await agreed(approvals)
    await approvals.ledger.begin(sample.ORG, approval.id, "a")
    done = await approvals.ledger.finish(sample.ORG, approval.id, sample.receipt("a"))
    assert (
        await approvals.ledger.refuse(sample.ORG, approval.id, "The target changed.", Refusal.CHANGED) == done
    )
    assert (await approvals.ledger.read(sample.ORG, approval.id))[1] == done
