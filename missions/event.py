"""What can happen to a mission. Each payload names itself with a key, so that a retry records once.

A key says what the event is, never how many came before it: a counter would be reused after a workflow reset.
What may be done again with another result (a second look) carries a digest of that result.
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
from missions.plan import Plan
from missions.proposal import PolicyVerdict, Proposal, Receipt, Risk
from missions.reminder import Urgency
from missions.verification import Verification


def _digest(word: FrozenModel) -> str:
    return hashlib.sha256(word.model_dump_json(by_alias=True).encode()).hexdigest()[:12]


def _again(times: int) -> str:
    """The table's count of answers that were taken back: the first has none in its key."""
    return f"/{times}" if times else ""


class Created(FrozenModel):
    """An operator asked."""

    kind: Literal["created"] = "created"
    brief: Brief

    @property
    def key(self) -> str:
        return "created"


class Started(FrozenModel):
    """The workflow runs."""

    kind: Literal["started"] = "started"

    @property
    def key(self) -> str:
        return "started"


class Planned(FrozenModel):
    """Where to look was decided."""

    kind: Literal["planned"] = "planned"
    plan: Plan

    @property
    def key(self) -> str:
        return f"planned/{_digest(self.plan)}"


class Observed(FrozenModel):
    """One visit returned."""

    kind: Literal["observed"] = "observed"
    sighting: PageObservation

    @property
    def key(self) -> str:
        return f"observed/{self.sighting.phase}/{self.sighting.target}/{_digest(self.sighting)}"


class Hypothesized(FrozenModel):
    """What the engine holds for possible after so many pages, while more are looked at."""

    kind: Literal["hypothesized"] = "hypothesized"
    pages: int
    diagnosis: Diagnosis

    @property
    def key(self) -> str:
        return f"hypothesized/{_digest(self)}"


class Diagnosed(FrozenModel):
    """The engine answered."""

    kind: Literal["diagnosed"] = "diagnosed"
    diagnosis: Diagnosis

    @property
    def key(self) -> str:
        return f"diagnosed/{_digest(self.diagnosis)}"


class Proposed(FrozenModel):
    """A typed action was proposed, and the policy judged it."""

    kind: Literal["proposed"] = "proposed"
    proposal: Proposal
    verdict: PolicyVerdict

    @property
    def key(self) -> str:
        return f"proposed/{self.proposal.action.kind}/{_digest(self.proposal)}"


class ApprovalOpened(FrozenModel):
    """The mission waits for people, or a policy rule approved (`rule` names it)."""

    kind: Literal["approval-opened"] = "approval-opened"
    approval_id: UUID
    status: ApprovalStatus
    action: str
    action_hash: str
    risk: Risk
    quorum: int
    decide_by: datetime
    rule: str

    @property
    def key(self) -> str:
        return f"approval/{self.approval_id}/opened"


class Decided(FrozenModel):
    """A person answered; `status` is the approval's after this vote."""

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
        return f"decision/{self.approval_id}/{self.person}{_again(self.round)}"


class VoteWithdrawn(FrozenModel):
    """A person took their answer back; `status` is the approval's after that."""

    kind: Literal["vote-withdrawn"] = "vote-withdrawn"
    approval_id: UUID
    person: UUID
    name: str
    reason: str
    status: ApprovalStatus
    round: int = 0

    @property
    def key(self) -> str:
        return f"withdrawn/{self.approval_id}/{self.person}{_again(self.round)}"


class ApprovalReminded(FrozenModel):
    """Nobody has decided yet: people were told again."""

    kind: Literal["approval-reminded"] = "approval-reminded"
    approval_id: UUID
    urgency: Urgency
    decide_by: datetime

    @property
    def key(self) -> str:
        return f"approval/{self.approval_id}/{self.urgency}"


class ApprovalClosed(FrozenModel):
    """An approval ended without people: its time was up, the mission was cancelled, the gateway vetoed."""

    kind: Literal["approval-closed"] = "approval-closed"
    approval_id: UUID
    status: ApprovalStatus
    reason: str = ""

    @property
    def key(self) -> str:
        return f"approval/{self.approval_id}/closed"


class Acted(FrozenModel):
    """The executor is done with an approval: applied, or refused with the reason."""

    kind: Literal["acted"] = "acted"
    approval_id: UUID
    receipt: Receipt

    @property
    def key(self) -> str:
        return f"acted/{self.approval_id}"


class Verified(FrozenModel):
    """The same panels were compared, after what was done under this approval."""

    kind: Literal["verified"] = "verified"
    approval_id: UUID
    verification: Verification

    @property
    def key(self) -> str:
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
    """A person deleted the mission after its end: lists leave it out, events and audit keep it."""

    kind: Literal["hidden"] = "hidden"
    person: UUID
    name: str

    @property
    def key(self) -> str:
        return "hidden"


class Closed(FrozenModel):
    """The end."""

    kind: Literal["closed"] = "closed"
    status: Status
    outcome: Outcome
    reason: str

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
    """A payload on its way to the journal: the input of the record activity."""

    org: str
    mission_id: UUID
    payload: Payload


class Event(FrozenModel):
    """A payload that the store has numbered; `seq` is gapless within its mission, whoever wrote it."""

    mission_id: UUID
    seq: int
    key: str
    actor: str
    at: datetime
    payload: Payload
    correlation_id: str | None = None
