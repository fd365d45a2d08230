import hashlib
import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, Field, computed_field

from missions.frozen_model import FrozenModel
from missions.participant import Participant, ParticipantRole
from missions.proposal import Effect, PolicyVerdict, Proposal, Risk, RiskLevel

UtcTime = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""A time in UTC, independent of the time zone of the database session."""


NOT_CONSUMED = (
    "The target says that this action is done, but nobody acted on its approval: nothing is recorded."
)
"""Why an outcome is refused: without the intent that precedes each effect, the receipt is not ours."""


class ApprovalStatus(StrEnum):
    """The status of an approval. "Consumed" is a time, not a status."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class GatewayStatus(StrEnum):
    """The status of an external gateway's own approval, in its terms."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"

    @property
    def veto(self) -> str | None:
        """Why this status denies our approval; None if it does not."""
        reasons = {
            self.DENIED: "The gateway denied it.",
            self.EXPIRED: "The gateway's approval has expired.",
        }
        return reasons.get(self)


class VoteChoice(StrEnum):
    """A person's choice in a vote."""

    APPROVED = "APPROVED"
    DENIED = "DENIED"


class AfterDenial(StrEnum):
    """What the mission does after a denial: try the next candidate, or end."""

    NEXT = "next"
    END = "end"


class Vote(FrozenModel):
    """One person's current vote; `round` counts the votes that the person took back before."""

    person: UUID
    name: str
    answer: VoteChoice
    notes: str = ""
    then: AfterDenial | None = None
    round: int = 0
    at: datetime


class ApprovalState(FrozenModel):
    """The state of an approval's row.

    `said` is the reason of a denial, `then` what the mission does after it. `gateway` is the last known
    status of the gateway's own approval, `vetoed` whether that status denied ours.
    """

    status: ApprovalStatus
    seconds_left: float = 0
    consumed: bool = False
    said: str = ""
    then: AfterDenial = AfterDenial.END
    gateway: GatewayStatus | None = None
    vetoed: bool = False


class ApprovalBinding(FrozenModel):
    """Everything an approval is bound to. The approver sends its hash, and the executor computes it again.

    `participants` is None for an approval of a version that did not store them: its hash does not cover them.
    """

    org: str
    mission: UUID
    approval: UUID
    requester: UUID
    participants: tuple[Participant, ...] | None = Field(
        default=None, exclude_if=lambda participants: participants is None
    )
    proposal: Proposal
    verdict: PolicyVerdict
    quorum: int
    decide_by: UtcTime
    act_by: UtcTime
    nonce: str


class Approval(FrozenModel):
    """What would be done and why, how it is undone, who must approve and until when.

    `gateway` is the last known status of the gateway's own approval (shown, never counted), `veto` the reason
    of its denial. `widened_at` is when others could decide beside the group that was asked first.

    `participants` took part before it was opened, and are bound in its hash; `later_participants` took part
    since then. Neither decide. `out_of_votes` are the people who may not vote again.
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
    participants: tuple[Participant, ...] = ()
    later_participants: tuple[Participant, ...] = ()
    out_of_votes: tuple[UUID, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def agreed(self) -> int:
        """How many people have approved and count: participants do not. Computed, never stored."""
        return len(self.counted_approvals)

    @property
    def counted_approvals(self) -> tuple[Vote, ...]:
        """The votes that approve and count: those of participants do not."""
        return tuple(
            vote
            for vote in self.votes
            if vote.answer is VoteChoice.APPROVED and self.participation_of(vote.person) is None
        )

    def participation_of(self, person: UUID) -> Participant | None:
        """How the person took part, or None. The requester is a participant also if no list names them."""
        if person == self.requester:
            return Participant(person=person, name=self.requester_name, role=ParticipantRole.REQUESTER)
        everyone = (*self.participants, *self.later_participants)
        return next((participant for participant in everyone if participant.person == person), None)

    @property
    def group(self) -> str | None:
        """The group whose members alone may decide now; None if there is no such limit."""
        return self.verdict.group if self.widened_at is None else None

    @property
    def target(self) -> str:
        """The name that an approver types from risk HIGH on, with the cluster if the action has one."""
        return self.proposal.action.target

    @property
    def by_rule(self) -> bool:
        """Whether a policy rule alone approved it."""
        return allowed_by_rule(self.verdict)

    @property
    def window(self) -> timedelta:
        """How long people may decide."""
        return self.decide_by - self.created_at

    @property
    def act_until(self) -> datetime:
        """The end of the time to act: as long after the decision as act_by is after decide_by."""
        if self.decided_at is None:
            return self.act_by
        return min(self.act_by, self.decided_at + (self.act_by - self.decide_by))


def action_hash(bound: ApprovalBinding) -> str:
    """SHA-256 (hex) over canonical JSON: sorted keys, no spaces, UTF-8, times in UTC ISO-8601."""
    content = bound.model_dump(mode="json", by_alias=True)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def approval_id(mission: UUID, proposal: Proposal, earlier: int = 0) -> UUID:
    """One id per question: a retry finds the same row, and a mission that asks again gets a new one.

    `earlier` counts the approvals that the mission asked for before: without it a question with equal content
    would find the row of the first one, which is closed.
    """
    content = proposal.model_dump_json(by_alias=True)
    return uuid5(mission, f"{content}{earlier}" if earlier else content)


def quorum_for(risk: RiskLevel) -> int:
    """How many different people must approve: two for HIGH and CRITICAL, else one."""
    return 2 if risk >= RiskLevel.HIGH else 1


def allowed_by_rule(verdict: PolicyVerdict) -> bool:
    """Whether the policy alone approves: an `allow` of risk LOW."""
    return verdict.effect is Effect.ALLOW and verdict.risk <= RiskLevel.LOW


def asks_for_more(now: PolicyVerdict, approval: Approval) -> str | None:
    """What the policy asks for by now beyond what this approval was given for; None if it is nothing.

    A rule's own approval is given for exactly one verdict. What people approved must still be enough: the
    same risk or a higher one, as many people, the group that is asked first, the gateway's own approval.
    """
    then = approval.verdict
    if now.effect is Effect.DENY:
        return f"The policy denies the action now: {now.reason}"
    if approval.by_rule:
        return None if now == then else "The policy no longer allows this action without people."
    if now.risk > then.risk or quorum_for(now.risk) > approval.quorum:
        return f"The policy rates this {now.risk.name} now, and the approval was given for {then.risk.name}."
    if now.group not in (None, then.group):
        return f"The policy asks the group {now.group} now."
    if now.approval_token not in (None, then.approval_token):
        return "The gateway has another approval of its own now."
    return None
