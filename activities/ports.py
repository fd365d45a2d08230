"""What the verbs need from the world. Implementations: technology + role; fakes: Memory + role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from missions.approval import Approval, ApprovalState, GatewayStatus
from missions.catalog import Catalog
from missions.connector import Connector
from missions.credentials import Sealed
from missions.diagnosis import Diagnosis
from missions.event import Event, Payload
from missions.evidence import ArtifactRef, Box, Evidence, PageObservation
from missions.health import DashboardHealth, DashboardMatch, DashboardSearch, HealthProbe
from missions.mission import Brief, Mission, Outcome
from missions.plan import Plan, Visit
from missions.presigned_object import PresignedObject
from missions.proposal import Action, PolicyVerdict, Proposal, Receipt, Refusal, TargetState
from missions.reminder import Urgency
from missions.verification import Verification


class Recorded(NamedTuple):
    """An event as the store numbered it, and the mission after it."""

    event: Event
    mission: Mission


class Journal(Protocol):
    """The mission's event store."""

    async def append(self, org: str, mission_id: UUID, actor: str, payload: Payload) -> Recorded:
        """Records once by key and numbers it; raises EventConflictError for other content."""

    async def read(self, org: str, mission_id: UUID, after: int = 0) -> tuple[Event, ...]:
        """The events with seq > after, in order."""


class Announcer(Protocol):
    """Tells watchers that an event was committed. A hint: losing one must not matter."""

    async def announce(self, org: str, recorded: Recorded) -> None:
        """Best effort; never raises."""


class Notifier(Protocol):
    """Asks people to decide."""

    async def ask(self, org: str, approval: Approval) -> None:
        """Best effort; never raises."""

    async def remind(self, org: str, approval: Approval, urgency: Urgency) -> None:
        """That it still waits, to more people the more urgent it is. Best effort; never raises."""


class Artifacts(Protocol):
    """Content-addressed objects."""

    async def put(self, org: str, content: bytes, content_type: str, kind: str, title: str) -> ArtifactRef:
        """Stores the bytes under their hash; the same bytes again are the same object."""

    async def get(self, ref: ArtifactRef) -> bytes:
        """The bytes; raises NotFoundError, and UnavailableError where the hash does not match."""


class Connectors(Protocol):
    """The dashboards that administrators registered."""

    async def all(self, org: str) -> list[Connector]:
        """All of the organization's, by name."""

    async def note(self, org: str, name: str, health: DashboardHealth) -> None:
        """Keeps how it is; nothing where it is gone by now."""

    async def reseal(self, org: str, name: str, before: Sealed, after: Sealed) -> bool:
        """Replaces exactly these sealed credentials; False where they were written anew meanwhile."""


class Prober(Protocol):
    """A browser that tests dashboards."""

    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """How the dashboard is; what is wrong with it is in the answer."""

    async def discover(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """What it has to look at. Raises BrowserError where it cannot be asked."""


class Keyring(Protocol):
    """The keys that open sealed credentials."""

    def reseal(self, org: str, base_url: str, sealed: Sealed) -> Sealed:
        """The same credentials for the newest key. Raises ForbiddenError where they cannot be opened."""


class Planner(Protocol):
    """Turns a prompt into a plan over registered dashboards."""

    async def plan(self, brief: Brief) -> Plan:
        """Raises PlanError where nothing registered can be looked at."""


class Observer(Protocol):
    """A browser: opens a target, waits until its panels are ready, photographs, takes the numbers."""

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> "VisitResult":
        """Raises BrowserError where the page could not be visited at all."""


@dataclass(frozen=True)
class VisitResult:
    """What a visit brought back, still as bytes (JPEG): the observe activity stores them.

    `panels` are the pictures of single panels by their ids, `video` (animated WebP) is there where asked for.
    """

    sighting: PageObservation
    picture: bytes | None
    evidence: Evidence | None
    panels: Mapping[str, bytes] = field(default_factory=dict)
    video: bytes | None = None


class Highlighter(Protocol):
    """Shows on a picture what matters."""

    def highlight(self, picture: bytes, boxes: tuple[Box, ...]) -> bytes:
        """The JPEG with these regions marked. Raises ValueError where it is no picture."""


class Diagnoser(Protocol):
    """A root cause engine."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """May answer healthy or inconclusive; every candidate cites evidence."""

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        since: datetime,
    ) -> Verification:
        """Whether the series that showed the incident are back to normal, by samples after `since` alone."""


class Gateway(Protocol):
    """The policy's judgement of a proposal."""

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:
        """Fails closed: whatever is unclear is review at the highest risk.

        The same proposal of the same mission has the same approval at the gateway, where it opens one.
        """


class GatewayApprovals(Protocol):
    """The approvals that a gateway keeps itself, beside ours."""

    async def look(self, token: str, action: Action) -> GatewayStatus:
        """How it stands. Raises UnavailableError for whatever is not clearly about this action."""

    async def answer(self, token: str, *, agreed: bool, reason: str) -> None:
        """Posts our decision; whether it was taken is what `look` says. Raises UnavailableError."""


class Actuator(Protocol):
    """Reads and changes one kind of target. Every call has a deadline of its own."""

    @property
    def repeatable(self) -> bool:
        """Whether asking again for a key is harmless: the target promises to do it once, however often."""

    async def state(self, service: str) -> TargetState:
        """The target now; reading it again without a change gives an equal state. Raises NotFoundError."""

    async def rehearse(self, action: Action) -> str:
        """A dry run: what would happen, in words. Raises RefusedError where the target would not do it."""

    async def apply(self, action: Action, key: str) -> Receipt:
        """Does it once for this key, and returns when it is done; a refusal is a receipt that says why.

        Raises UnavailableError where it is not known whether it was done: `find` tells later.
        """

    async def find(self, action: Action, key: str) -> Receipt | None:
        """What was done under this key, or None. Raises UnavailableError while it is still being done."""

    async def close(self) -> None:
        """Gives back what it holds."""


class Actuators(Protocol):
    """Every actuator by its name, behind the catalog of what they may be asked to do."""

    @property
    def catalog(self) -> Catalog:
        """What may be done at all."""

    def named(self, name: str) -> Actuator:
        """The actuator. Raises RefusedError where none has this name."""

    def checked(self, action: Action) -> Actuator:
        """The action's actuator. Raises RefusedError where the catalog has no such action.

        That is: no such entry, another actuator or service, or parameters that break the entry's schema.
        """


class ApprovalDesk(Protocol):
    """The workflow's side of approvals; it can open, look and revoke, never decide."""

    async def open(
        self,
        org: str,
        mission_id: UUID,
        *,
        proposal: Proposal,
        verdict: PolicyVerdict,
        window_s: int,
        act_s: int,
    ) -> Approval:
        """Opens once by content; decide_by and act_by are by the database's clock, in seconds from now."""

    async def resolve(self, org: str, approval_id: UUID) -> ApprovalState:
        """What the row says; what is past its time becomes EXPIRED."""

    async def read(self, org: str, approval_id: UUID) -> Approval:
        """The card. Raises NotFoundError."""

    async def note(self, org: str, approval_id: UUID, said: GatewayStatus) -> ApprovalState:
        """Keeps what the gateway says of its own approval; its no makes ours DENIED, until it is consumed."""

    async def revoke(self, org: str, approval_id: UUID) -> ApprovalState:
        """CANCELLED unless it was decided otherwise or consumed."""


class Ledger(Protocol):
    """The executor's side of approvals: consume, intent, outcome."""

    async def begin(self, org: str, approval_id: UUID, key: str) -> tuple[Approval, bool]:
        """Consumes the approval and writes the intent in one transaction; True if this call did it.

        The hash is recomputed from the row. Raises RefusedError where it does not match, the approval is
        not APPROVED, its time to act is over, somebody else consumed it or an approver lost the right.
        """

    async def read(self, org: str, approval_id: UUID) -> tuple[Approval, Receipt | None]:
        """The approval, and the recorded outcome, if any. Raises NotFoundError."""

    async def refuse(self, org: str, approval_id: UUID, reason: str, refusal: Refusal) -> Receipt:
        """Audits that the executor would not act; the receipt says why, and is final once consumed."""

    async def finish(self, org: str, approval_id: UUID, receipt: Receipt) -> Receipt:
        """Writes the outcome once; returns the one that is recorded."""


class Reporter(Protocol):
    """Writes the report of a mission."""

    async def write(
        self, events: tuple[Event, ...], outcome: Outcome, reason: str, load: "ArtifactReader"
    ) -> tuple[bytes, bytes]:
        """HTML with the pictures inside, and Markdown."""


class PresignedObjects(Protocol):
    """Objects that somebody with the right to read them has lent."""

    async def fetch(self, loan: PresignedObject) -> bytes:
        """The bytes; raises UnavailableError where they are not what was lent."""


class Printer(Protocol):
    """Makes paper of a page of ours."""

    async def print(self, html: bytes) -> bytes:
        """The page as PDF. Raises BrowserError."""


class ArtifactReader(Protocol):
    """Reads an artifact's bytes."""

    async def __call__(self, ref: ArtifactRef) -> bytes:
        """The bytes of the artifact."""
