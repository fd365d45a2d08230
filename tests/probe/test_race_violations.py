"""What the probe calls a violation of an approval, each from an approval that has none."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from served_api import proposal, verdict

from missions.approval import Approval, ApprovalStatus, Vote, VoteChoice
from missions.proposal import RiskLevel
from probe.races import violations

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
APPROVER, REQUESTER = uuid4(), uuid4()


def final(**changes: Any) -> Approval:
    """An approval that one person agreed to."""
    vote = Vote(person=APPROVER, name="Ada", answer=VoteChoice.APPROVED, at=NOW)
    values: dict[str, Any] = {
        "id": uuid4(),
        "mission_id": uuid4(),
        "status": ApprovalStatus.APPROVED,
        "proposal": proposal(),
        "verdict": verdict(),
        "risk": RiskLevel.MEDIUM,
        "quorum": 1,
        "requester": REQUESTER,
        "requester_name": "Olivia",
        "action_hash": "0" * 64,
        "decide_by": NOW,
        "act_by": NOW,
        "created_at": NOW,
        "votes": (vote,),
    }
    return Approval(**(values | changes))


def judged(approval: Approval, ends: int = 1, effects: int = 1) -> list[str]:
    """The violations, with so many deciding votes and effects."""
    votes = [{"status": "PENDING"}, *({"status": approval.status.value} for _ in range(ends))]
    done = [{"key": f"{approval.id}/1"} for _ in range(effects)]
    return [
        each.partition(str(approval.id))[2] for each in violations(approval, votes, done, {str(REQUESTER)})
    ]


def test_ap3_a_right_approval_has_no_violation() -> None:
    """One decision by enough people, and at most one effect."""
    assert judged(final()) == judged(final(), effects=0) == []
    denied = final(status=ApprovalStatus.DENIED, votes=(vote_of(VoteChoice.DENIED),))
    assert judged(denied, effects=0) == []


def vote_of(answer: VoteChoice, person: Any = APPROVER) -> Vote:
    return Vote(person=person, name="Ada", answer=answer, at=NOW)


@pytest.mark.parametrize(
    ("approval", "ends", "effects", "part"),
    [
        (final(status=ApprovalStatus.PENDING), 0, 0, "still open"),
        (final(), 2, 1, "decided 2 times"),
        (final(), 1, 2, "2 effects"),
        (final(status=ApprovalStatus.DENIED, votes=()), 1, 1, "without being approved"),
        (final(votes=(vote_of(VoteChoice.APPROVED), vote_of(VoteChoice.DENIED))), 1, 1, "over a denial"),
        (final(quorum=2), 1, 0, "by too few"),
        (final(votes=(vote_of(VoteChoice.APPROVED, REQUESTER),)), 1, 0, "who may not"),
    ],
)
def test_ap3_each_violation_is_found(approval: Approval, ends: int, effects: int, part: str) -> None:
    """Each wrong end of a race is named."""
    assert any(part in each for each in judged(approval, ends, effects))
