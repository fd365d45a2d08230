import hashlib
import json
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from pydantic import Field

from missions.person import Person, Role
from missions.proposal import Proposal, Risk, RiskLevel, Verdict
from missions.word import Word


class ApprovalStatus(StrEnum):
    """The life of an approval; being consumed is a time, not a state."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class Answer(StrEnum):
    """What a person may say to an approval."""

    APPROVED = "APPROVED"
    DENIED = "DENIED"


class Vote(Word):
    """One person's answer."""

    person: UUID
    name: str
    answer: Answer
    notes: str = ""
    at: datetime


class Bound(Word):
    """Everything an approval is bound to; its hash is what the approver answers and the executor checks."""

    org: str
    mission: UUID
    approval: UUID
    proposal: Proposal
    policy_version: str
    risk: Risk
    quorum: int
    decide_by: datetime
    act_by: datetime
    nonce: str


class Approval(Word):
    """The card: what would be done, why, how it is undone, who must agree and until when."""

    id: UUID
    mission_id: UUID
    status: ApprovalStatus
    proposal: Proposal
    verdict: Verdict
    risk: Risk
    quorum: int = Field(ge=1)
    requester: UUID
    requester_name: str
    action_hash: str
    decide_by: datetime
    act_by: datetime
    created_at: datetime
    decided_at: datetime | None = None
    consumed_at: datetime | None = None
    votes: tuple[Vote, ...] = ()

    @property
    def act_until(self) -> datetime:
        """Until when it may be consumed: as long after the decision as act_by is after decide_by."""
        if self.decided_at is None:
            return self.act_by
        return min(self.act_by, self.decided_at + (self.act_by - self.decide_by))


def action_hash(bound: Bound) -> str:
    """SHA-256 (hex) over canonical JSON: sorted keys, no spaces, UTF-8, times in UTC ISO-8601."""
    content = bound.model_dump(mode="json", by_alias=True)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def approval_id(mission: UUID, proposal: Proposal) -> UUID:
    """One approval per mission and content: a retry finds the row, a changed target makes a new one."""
    return uuid5(mission, proposal.model_dump_json(by_alias=True))


def quorum_for(risk: RiskLevel) -> int:
    """How many different people must agree: HIGH and CRITICAL need two."""
    return 2 if risk >= RiskLevel.HIGH else 1


def why_not(person: Person, approval: Approval) -> str | None:
    """Why this person may not decide this approval, or None; the one rule for every door."""
    if person.is_service:
        return "A service account never decides."
    if not person.roles & {Role.APPROVER, Role.ADMIN}:
        return "Deciding needs the role APPROVER."
    if person.id == approval.requester:
        return "You requested this mission: somebody else must decide."
    service = approval.proposal.action.service
    if not person.may_decide_for(service):
        return f"You do not decide for {service}."
    return None
