"""A group decides first, until the approval is widened to all deciders."""

from uuid import uuid4

import pytest
import samples as sample
from memory_approval_desk import MemoryApprovalDesk
from memory_clock import MemoryClock
from postgres_approvals import PostgresApprovals

from missions.approval import Approval, ApprovalStatus, VoteChoice
from missions.approval_rights import why_not
from missions.errors import ForbiddenError, RefusedError
from missions.permissions import Role
from missions.person import Person
from missions.proposal import PolicyVerdict, RiskLevel
from stores.postgres.accounts.members import MemberChange, MemberStore


def verdict(risk: RiskLevel = RiskLevel.MEDIUM) -> PolicyVerdict:
    return sample.verdict(risk=risk).model_copy(update={"group": "payments-oncall"})


async def opened(stored: PostgresApprovals, risk: RiskLevel = RiskLevel.MEDIUM) -> Approval:
    return await stored.desk.open(
        sample.ORG,
        await stored.mission(),
        proposal=sample.proposal(),
        verdict=verdict(risk),
        window_s=600,
        act_s=600,
    )


async def joined(stored: PostgresApprovals, person: Person, *groups: str) -> Person:
    """The person after an administrator has put them into these groups."""
    admin = await stored.person(Role.ADMIN)
    change = MemberChange(groups=frozenset(groups))
    member = await MemberStore(stored.api).change(admin, person.id, change)
    assert member.groups == groups
    return person.model_copy(update={"groups": frozenset(groups)})


async def test_ap1_a_group_is_asked_first(stored: PostgresApprovals) -> None:
    """People outside the group, administrators included, may decide only after half of the time."""
    approval, anna = await opened(stored), await stored.person()
    outsiders = [anna, await stored.person(Role.ADMIN)]
    outsiders[1] = await joined(stored, outsiders[1], "another-group")
    for outsider in outsiders:
        with pytest.raises(ForbiddenError, match="payments-oncall is asked first"):
            await stored.answer(outsider, approval)
    await stored.desk.resolve(sample.ORG, approval.id)
    assert (await stored.desk.read(sample.ORG, approval.id)).widened_at is None
    earlier = "created_at = created_at - interval '301 s', decide_by = decide_by - interval '301 s'"
    await stored.change(earlier, approval.id)
    assert (await stored.desk.resolve(sample.ORG, approval.id)).status is ApprovalStatus.PENDING
    card = await stored.desk.read(sample.ORG, approval.id)
    assert card.widened_at is not None
    assert (await stored.answer(anna, card)).approval.status is ApprovalStatus.APPROVED
    assert (await stored.desk.resolve(sample.ORG, approval.id)).status is ApprovalStatus.APPROVED


async def test_its_members_decide_and_must_still_belong(stored: PostgresApprovals) -> None:
    """HIGH risk needs two members, and votes of people who left the group do not count."""
    approval = await opened(stored, RiskLevel.HIGH)
    members = [await joined(stored, await stored.person(), "payments-oncall") for _ in range(2)]
    decisions = [await stored.answer(member, approval) for member in members]
    assert [decision.approval.status for decision in decisions] == [
        ApprovalStatus.PENDING,
        ApprovalStatus.APPROVED,
    ]
    await joined(stored, members[0])
    with pytest.raises(RefusedError, match="Too few of the approvers"):
        await stored.ledger.begin(sample.ORG, approval.id, "a")
    await joined(stored, members[0], "payments-oncall")
    _, did = await stored.ledger.begin(sample.ORG, approval.id, "a")
    assert did


def test_ap1_a_group_gives_no_right() -> None:
    """Membership in a group does not lift the other rules: requester, role, service account, service."""
    approval = sample.approval(verdict=verdict())
    inside = {"groups": frozenset({"payments-oncall"})}
    assert why_not(sample.person(**inside), approval) is None
    for outside in (
        sample.person(id=sample.REQUESTER, **inside),
        sample.person(Role.VIEWER, **inside),
        sample.person(is_service=True, **inside),
        sample.person(services=frozenset({"web"}), **inside),
    ):
        assert why_not(outside, approval) is not None
        assert why_not(outside, approval.model_copy(update={"widened_at": sample.NOON})) is not None
    assert why_not(sample.person(), approval.model_copy(update={"widened_at": sample.NOON})) is None


async def test_in_memory_it_is_the_same() -> None:
    """The fake desk widens the approval at the same time."""
    clock = MemoryClock()
    desk = MemoryApprovalDesk(clock, sample.REQUESTER, "Olga Operator")
    approval = await desk.open(
        sample.ORG, uuid4(), proposal=sample.proposal(), verdict=verdict(), window_s=600, act_s=600
    )
    with pytest.raises(ForbiddenError):
        await desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    clock.forward(approval.window * 0.51)
    await desk.resolve(sample.ORG, approval.id)
    answered = await desk.answer(sample.person(), approval.id, VoteChoice.APPROVED)
    assert answered.status is ApprovalStatus.APPROVED
