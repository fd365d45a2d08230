"""What can happen to a mission. Each payload has a key, so that a retried activity records it once.

A key says what the event is, never how many came before it: a workflow reset would use a counter again. A
payload that can occur again with another result (a second visit) has a digest of that result in its key.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from missions.approval import AfterDenial, ApprovalStatus, VoteChoice
from missions.browser_control import BrowserControlReturned, BrowserControlTaken
from missions.diagnosis import Diagnosis
from missions.evidence import ArtifactRef, PageObservation
from missions.feedback import FeedbackGiven
from missions.frozen_model import FrozenModel
from missions.mission import Brief, Outcome, Status
from missions.participant import Participant
from missions.plan import Plan
from missions.proposal import PolicyVerdict, Proposal, Receipt, Risk
from missions.reminder import Urgency
from missions.verification import Verification


def _digest(content: FrozenModel) -> str:
    return hashlib.sha256(content.model_dump_json(by_alias=True).encode()).hexdigest()[:12]


def _round(withdrawn: int) -> str:
    """The part of a key for the number of votes that a person withdrew before this one; "" for none."""
    return f"/{withdrawn}" if withdrawn else ""


class Created(FrozenModel):
    """A person started the mission."""

    kind: Literal["created"] = "created"
    brief: Brief

    @property
    def key(self) -> str:
        return "created"


class Started(FrozenModel):
    """The workflow started."""

    kind: Literal["started"] = "started"

    @property
    def key(self) -> str:
        return "started"


class Planned(FrozenModel):
    """The pages to visit and the possible actions were planned."""

    kind: Literal["planned"] = "planned"
    plan: Plan

    @property
    def key(self) -> str:
        return f"planned/{_digest(self.plan)}"


class Observed(FrozenModel):
    """A visit of a page ended."""

    kind: Literal["observed"] = "observed"
    sighting: PageObservation

    @property
    def key(self) -> str:
        return f"observed/{self.sighting.phase}/{self.sighting.target}/{_digest(self.sighting)}"


class Hypothesized(FrozenModel):
    """The hypotheses after the first `pages` pages, while more are visited."""

    kind: Literal["hypothesized"] = "hypothesized"
    pages: int
    diagnosis: Diagnosis

    @property
    def key(self) -> str:
        return f"hypothesized/{_digest(self)}"


class Diagnosed(FrozenModel):
    """The root cause engine returned its diagnosis."""

    kind: Literal["diagnosed"] = "diagnosed"
    diagnosis: Diagnosis

    @property
    def key(self) -> str:
        return f"diagnosed/{_digest(self.diagnosis)}"


class Proposed(FrozenModel):
    """An action was proposed, and the policy returned its verdict."""

    kind: Literal["proposed"] = "proposed"
    proposal: Proposal
    verdict: PolicyVerdict

    @property
    def key(self) -> str:
        return f"proposed/{self.proposal.action.kind}/{_digest(self)}"  # another verdict is another event


class ApprovalOpened(FrozenModel):
    """An approval was opened: it waits for votes, or the policy's `rule` approved it.

    `participants` may not decide it. An empty list is left out: an earlier version's event has none.
    """

    kind: Literal["approval-opened"] = "approval-opened"
    approval_id: UUID
    status: ApprovalStatus
    action: str
    action_hash: str
    risk: Risk
    quorum: int
    decide_by: datetime
    rule: str
    participants: tuple[Participant, ...] = Field(
        default=(), exclude_if=lambda participants: not participants
    )

    @property
    def key(self) -> str:
        return f"approval/{self.approval_id}/opened"


class Decided(FrozenModel):
    """A person voted; `status` is the approval's after this vote."""

    kind: Literal["decided"] = "decided"
    approval_id: UUID
    person: UUID
    name: str
    answer: VoteChoice
    notes: str
    status: ApprovalStatus
    then: AfterDenial | None = None
    round: int = 0

    @property
    def key(self) -> str:
        return f"decision/{self.approval_id}/{self.person}{_round(self.round)}"


class VoteWithdrawn(FrozenModel):
    """A person withdrew a vote; `status` is the approval's afterwards."""

    kind: Literal["vote-withdrawn"] = "vote-withdrawn"
    approval_id: UUID
    person: UUID
    name: str
    reason: str
    status: ApprovalStatus
    round: int = 0

    @property
    def key(self) -> str:
        return f"withdrawn/{self.approval_id}/{self.person}{_round(self.round)}"


class ApprovalReminded(FrozenModel):
    """A reminder of an approval that is not decided was sent."""

    kind: Literal["approval-reminded"] = "approval-reminded"
    approval_id: UUID
    urgency: Urgency
    decide_by: datetime

    @property
    def key(self) -> str:
        return f"approval/{self.approval_id}/{self.urgency}"


class ApprovalClosed(FrozenModel):
    """An approval ended without a vote: it expired, the mission was cancelled, or the gateway denied it."""

    kind: Literal["approval-closed"] = "approval-closed"
    approval_id: UUID
    status: ApprovalStatus
    reason: str = ""

    @property
    def key(self) -> str:
        return f"approval/{self.approval_id}/closed"


class Acted(FrozenModel):
    """The executor finished an approved action: it was applied, or refused with a reason."""

    kind: Literal["acted"] = "acted"
    approval_id: UUID
    receipt: Receipt

    @property
    def key(self) -> str:
        return f"acted/{self.approval_id}"


class Verified(FrozenModel):
    """The same panels were compared before and after the action of this approval.

    `final`: by the later look, after the mission's end. It confirms the outcome or reopens the mission.
    """

    kind: Literal["verified"] = "verified"
    approval_id: UUID
    verification: Verification
    final: bool = Field(default=False, exclude_if=lambda final: not final)

    @property
    def key(self) -> str:
        if self.final:  # one later look: a repeated one has the same key
            return f"verified/{self.approval_id}/final"
        return f"verified/{self.approval_id}/{_digest(self.verification)}"


class Reported(FrozenModel):
    """The report was stored."""

    kind: Literal["reported"] = "reported"
    html: ArtifactRef
    markdown: ArtifactRef

    @property
    def key(self) -> str:
        return f"reported/{self.html.sha256[:12]}"


class CancelRequested(FrozenModel):
    """A person asked the mission to stop."""

    kind: Literal["cancel-requested"] = "cancel-requested"
    person: UUID
    name: str

    @property
    def key(self) -> str:
        return "cancel-requested"


class Hidden(FrozenModel):
    """A person deleted the ended mission: lists omit it, its events and audit entries stay."""

    kind: Literal["hidden"] = "hidden"
    person: UUID
    name: str

    @property
    def key(self) -> str:
        return "hidden"


class Closed(FrozenModel):
    """The mission ended. `looks_again_at` is when a later look confirms or reopens the outcome."""

    kind: Literal["closed"] = "closed"
    status: Status
    outcome: Outcome
    reason: str
    looks_again_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)

    @property
    def key(self) -> str:
        return "closed"


Payload = Annotated[
    Created
    | Started
    | Planned
    | Observed
    | Hypothesized
    | FeedbackGiven
    | BrowserControlTaken
    | BrowserControlReturned
    | Diagnosed
    | Proposed
    | ApprovalOpened
    | Decided
    | VoteWithdrawn
    | ApprovalReminded
    | ApprovalClosed
    | Acted
    | Verified
    | Reported
    | CancelRequested
    | Closed
    | Hidden,
    Field(discriminator="kind"),
]


class PendingEvent(FrozenModel):
    """A payload to record: the input of the record activity."""

    org: str
    mission_id: UUID
    payload: Payload


class Event(FrozenModel):
    """A recorded payload; `seq` is gapless within its mission, whatever process recorded it."""

    mission_id: UUID
    seq: int
    key: str
    actor: str
    at: datetime
    payload: Payload
    correlation_id: str | None = None
