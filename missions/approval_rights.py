"""The rules of who may answer an approval, and what an answer needs. API, executor and console share them."""

from datetime import datetime
from enum import StrEnum

from missions.approval import Approval, ApprovalStatus, Vote, VoteChoice
from missions.frozen_model import FrozenModel
from missions.participant import ParticipantRole
from missions.permissions import Permission
from missions.person import Person
from missions.proposal import RiskLevel

MAX_VOTES = 3
"""How often a person may vote on one approval, each time after the vote before was withdrawn."""


class WhyNotCode(StrEnum):
    """The reason in one word, for a client with sentences of its own."""

    SERVICE_ACCOUNT = "service-account"
    ROLE = "role"
    REQUESTER = "requester"
    PARTICIPANT = "participant"
    SERVICE = "service"
    GROUP = "group"
    CLOSED = "closed"
    EXPIRED = "expired"
    ANSWERED = "answered"
    OUT_OF_VOTES = "out-of-votes"


NO_MORE_VOTES = f"You have voted {MAX_VOTES} times on this approval, which is the limit."
_YOU = {
    ParticipantRole.REQUESTER: "You requested this mission",
    ParticipantRole.STEERED: "You gave feedback on this mission's hypotheses",
    ParticipantRole.CONTROLLED_BROWSER: "You controlled this mission's browser",
    ParticipantRole.HOLDS_KEY: "You may hold a key of a service account that took part in this mission",
}


class WhyNot(FrozenModel):
    """Why a person may not answer an approval."""

    code: WhyNotCode
    text: str


class ApprovalRights(FrozenModel):
    """What one person may do with one approval now.

    `mayApprove` covers both answers. `needsTarget` and `needsFreshLogin` concern agreeing only.
    """

    may_approve: bool
    may_withdraw: bool
    why_not: WhyNot | None
    needs_notes: bool
    needs_target: bool
    needs_fresh_login: bool


def why_not(person: Person, approval: Approval) -> WhyNot | None:
    """Why this person is not entitled to decide this approval, or None, whatever its state and time."""
    service = approval.proposal.action.service
    if person.is_service:
        return WhyNot(code=WhyNotCode.SERVICE_ACCOUNT, text="A service account never decides.")
    if not person.may(Permission.DECIDE_APPROVAL):
        return WhyNot(code=WhyNotCode.ROLE, text="Deciding needs the role APPROVER.")
    participation = approval.participation_of(person.id)
    if participation is not None:
        is_requester = participation.role is ParticipantRole.REQUESTER
        code = WhyNotCode.REQUESTER if is_requester else WhyNotCode.PARTICIPANT
        return WhyNot(code=code, text=f"{_YOU[participation.role]}: somebody else must decide.")
    if not person.may_decide_for(service):
        return WhyNot(code=WhyNotCode.SERVICE, text=f"You do not decide for {service}.")
    if approval.group is not None and approval.group not in person.groups:
        return WhyNot(code=WhyNotCode.GROUP, text=f"The group {approval.group} is asked first.")
    return None


def readable_services(person: Person) -> frozenset[str] | None:
    """The services whose approvals the person may read; None means every service.

    The approvals of missions that the person requested are readable as well.
    """
    if not person.may(Permission.READ_APPROVALS):
        return frozenset()
    return None if person.may(Permission.READ_ALL_MISSIONS) else person.services


def is_open(approval: Approval, now: datetime) -> bool:
    """Whether people may still answer."""
    return approval.status is ApprovalStatus.PENDING and approval.decide_by > now


def own_vote(person: Person, approval: Approval) -> Vote | None:
    """The person's own answer, unless it was taken back."""
    return next((vote for vote in approval.votes if vote.person == person.id), None)


def can_withdraw(approval: Approval) -> bool:
    """Whether an answer can still be taken back: nothing was done yet, and no denial has ended it."""
    return approval.consumed_at is None and approval.status in (
        ApprovalStatus.PENDING,
        ApprovalStatus.APPROVED,
    )


def needs_fresh_login(person: Person, approval: Approval, answer: VoteChoice, now: datetime) -> bool:
    """Whether the person must sign in again before this answer: agreeing from HIGH on needs a fresh login."""
    if answer is not VoteChoice.APPROVED or approval.risk < RiskLevel.HIGH:
        return False
    return not person.has_fresh_login(now)


def needs_notes(approval: Approval) -> bool:
    """Whether every answer needs a reason: from MEDIUM on."""
    return approval.risk >= RiskLevel.MEDIUM


def needs_target(approval: Approval, answer: VoteChoice) -> bool:
    """Whether the answer must repeat the target's name: agreeing from HIGH on."""
    return answer is VoteChoice.APPROVED and approval.risk >= RiskLevel.HIGH


def what_is_missing(
    approval: Approval, answer: VoteChoice, notes: str, typed_target: str | None
) -> str | None:
    """What an answer lacks, as a sentence that begins with the field's name; None when it is complete."""
    if needs_notes(approval) and not notes.strip():
        return "notes: say why; a reason is required from risk MEDIUM."
    if needs_target(approval, answer) and (typed_target or "").strip() != approval.target:
        return f"typedTarget: type {approval.target}, what this acts on; required from risk HIGH."
    return None


def rights_on_approval(person: Person, approval: Approval, now: datetime) -> ApprovalRights:
    """What the person may do with the approval at `now`, and what agreeing needs."""
    reason = why_not(person, approval) or _why_not_now(person, approval, now)
    return ApprovalRights(
        may_approve=reason is None,
        may_withdraw=person.may(Permission.DECIDE_APPROVAL)
        and own_vote(person, approval) is not None
        and can_withdraw(approval),
        why_not=reason,
        needs_notes=needs_notes(approval),
        needs_target=needs_target(approval, VoteChoice.APPROVED),
        needs_fresh_login=needs_fresh_login(person, approval, VoteChoice.APPROVED, now),
    )


def _why_not_now(person: Person, approval: Approval, now: datetime) -> WhyNot | None:
    if approval.status is not ApprovalStatus.PENDING:
        return WhyNot(code=WhyNotCode.CLOSED, text=f"It is {approval.status}.")
    if not is_open(approval, now):
        text = f"Its time to decide ended at {approval.decide_by.isoformat()}."
        return WhyNot(code=WhyNotCode.EXPIRED, text=text)
    if own_vote(person, approval) is not None:
        return WhyNot(code=WhyNotCode.ANSWERED, text="You have answered already.")
    if person.id in approval.out_of_votes:
        return WhyNot(code=WhyNotCode.OUT_OF_VOTES, text=NO_MORE_VOTES)
    return None
