import hashlib
import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, Field

from missions.frozen_model import FrozenModel
from missions.person import Person, Role
from missions.proposal import Effect, PolicyVerdict, Proposal, Risk, RiskLevel

FRESH = timedelta(minutes=5)
"""How old the login of somebody may be who agrees to what is HIGH or CRITICAL."""

UtcTime = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""A moment that reads the same whatever the time zone of the session that gave it."""


class ApprovalStatus(StrEnum):
    """The life of an approval; being consumed is a time, not a state."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class GatewayStatus(StrEnum):
    """How a gateway's own approval stands, in its words."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"

    @property
    def veto(self) -> str | None:
        """Why ours ends with it, in words; None where it does not."""
        told = {self.DENIED: "The gateway denied it.", self.EXPIRED: "At the gateway its time is over."}
        return told.get(self)


class VoteChoice(StrEnum):
    """What a person may say to an approval."""

    APPROVED = "APPROVED"
    DENIED = "DENIED"


class AfterDenial(StrEnum):
    """What a denier wants of the mission: try its next candidate, or end."""

    NEXT = "next"
    END = "end"


class Vote(FrozenModel):
    """One person's answer that stands; `round` counts those that the person took back before."""

    person: UUID
    name: str
    answer: VoteChoice
    notes: str = ""
    then: AfterDenial | None = None
    round: int = 0
    at: datetime


class ApprovalState(FrozenModel):
    """What the row says now: the status, the seconds left to decide, whether it was consumed.

    `said` is a denial in words, `then` what its author wants of the mission. `gateway` is how the gateway's
    own approval stood last, `vetoed` whether that is why ours is DENIED.
    """

    status: ApprovalStatus
    seconds_left: float = 0
    consumed: bool = False
    said: str = ""
    then: AfterDenial = AfterDenial.END
    gateway: GatewayStatus | None = None
    vetoed: bool = False


class ApprovalBinding(FrozenModel):
    """Everything an approval is bound to; its hash is what the approver answers and the executor checks."""

    org: str
    mission: UUID
    approval: UUID
    requester: UUID
    proposal: Proposal
    verdict: PolicyVerdict
    quorum: int
    decide_by: UtcTime
    act_by: UtcTime
    nonce: str


class Approval(FrozenModel):
    """The card: what would be done, why, how it is undone, who must agree and until when.

    `gateway` is how the gateway's own approval stood last: shown, never counted; `veto` is its no in words.
    `widened_at` is when whoever else may decide was let in beside the group that was asked first.
    """

    id: UUID
    mission_id: UUID
    status: ApprovalStatus
    proposal: Proposal
    verdict: PolicyVerdict
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
    gateway: GatewayStatus | None = None
    veto: str | None = None
    widened_at: datetime | None = None

    @property
    def group(self) -> str | None:
        """Whose members alone may decide now; None where nobody's."""
        return self.verdict.group if self.widened_at is None else None

    @property
    def target(self) -> str:
        """What an approver types from risk HIGH on."""
        return self.proposal.action.service

    @property
    def by_rule(self) -> bool:
        """Whether a policy rule approved it, without people."""
        return allowed_by_rule(self.verdict)

    @property
    def window(self) -> timedelta:
        """How long people have, from the question on."""
        return self.decide_by - self.created_at

    @property
    def act_until(self) -> datetime:
        """Until when it may be consumed: as long after the decision as act_by is after decide_by."""
        if self.decided_at is None:
            return self.act_by
        return min(self.act_by, self.decided_at + (self.act_by - self.decide_by))


def action_hash(bound: ApprovalBinding) -> str:
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


def allowed_by_rule(verdict: PolicyVerdict) -> bool:
    """Whether the policy alone approves: an `allow`, and of nothing above LOW."""
    return verdict.effect is Effect.ALLOW and verdict.risk <= RiskLevel.LOW


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
    if approval.group is not None and approval.group not in person.groups:
        return f"The group {approval.group} is asked first."
    return None


def is_stale(person: Person, approval: Approval, answer: VoteChoice, now: datetime) -> bool:
    """Whether the person must sign in again before this answer: agreeing from HIGH on needs a fresh login."""
    if answer is not VoteChoice.APPROVED or approval.risk < RiskLevel.HIGH:
        return False
    return person.authenticated_at is None or now - person.authenticated_at > FRESH


def what_is_missing(
    approval: Approval, answer: VoteChoice, notes: str, typed_target: str | None
) -> str | None:
    """What an answer still needs: a reason from MEDIUM, from HIGH on a yes types its target; or None."""
    if approval.risk >= RiskLevel.MEDIUM and not notes.strip():
        return "notes: say why; a reason is required from risk MEDIUM."
    agreed = answer is VoteChoice.APPROVED and approval.risk >= RiskLevel.HIGH
    if agreed and (typed_target or "").strip() != approval.target:
        return f"typedTarget: type {approval.target}, what this acts on; required from risk HIGH."
    return None
