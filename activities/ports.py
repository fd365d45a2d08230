"""What activities need from outside. Implementations are named technology + role, fakes Memory + role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from uuid import UUID

from missions.approval import Approval, ApprovalState, GatewayStatus
from missions.catalog import CatalogEntry
from missions.connector import Connector
from missions.credentials import Sealed
from missions.diagnosis import Diagnosis
from missions.event import Event, Payload
from missions.evidence import ArtifactRef, Box, Evidence, PageObservation
from missions.health import DashboardHealth, DashboardMatch, DashboardSearch, DetectedProduct, HealthProbe
from missions.mission import Brief, Mission, Outcome
from missions.plan import ActionKind, Plan, Visit
from missions.presigned_object import PresignedObject
from missions.proposal import Action, ActionPlace, PolicyVerdict, Proposal, Receipt, Refusal, TargetState
from missions.reminder import Urgency
from missions.verification import AppliedAction, PanelRef, ProofPlan, Verification


class Recorded(NamedTuple):
    """A stored event with its number, and the mission after it."""

    event: Event
    mission: Mission


class Journal(Protocol):
    """The mission's event store."""

    async def append(self, org: str, mission_id: UUID, actor: str, payload: Payload) -> Recorded:
        """Stores the event once per key and numbers it; raises EventConflictError if the content differs."""

    async def read(self, org: str, mission_id: UUID, after: int = 0) -> tuple[Event, ...]:
        """The events with seq > after, in order."""


class Announcer(Protocol):
    """Publishes committed events to watchers. A hint only: a lost message must not matter."""

    async def announce(self, org: str, recorded: Recorded) -> None:
        """Best effort; never raises."""


class Notifier(Protocol):
    """Notifies the people who may decide an approval."""

    async def ask(self, org: str, approval: Approval) -> None:
        """Best effort; never raises."""

    async def remind(self, org: str, approval: Approval, urgency: Urgency) -> None:
        """Reminds; reaches more people with higher urgency. Best effort; never raises."""


class Artifacts(Protocol):
    """A store of content-addressed objects."""

    async def put(self, org: str, content: bytes, content_type: str, kind: str, title: str) -> ArtifactRef:
        """Stores the bytes under their hash; the same bytes again are the same object."""

    async def get(self, org: str, ref: ArtifactRef) -> bytes:
        """The bytes; raises NotFoundError, or UnavailableError if the hash does not match.

        Raises InvalidError if the reference is not one of an object of this organization.
        """


class Connectors(Protocol):
    """The dashboards that administrators registered."""

    async def all(self, org: str) -> list[Connector]:
        """All of the organization's, by name."""

    async def note(self, org: str, name: str, health: DashboardHealth) -> None:
        """Stores the health; does nothing if the connector was deleted."""

    async def reseal(self, org: str, name: str, before: Sealed, after: Sealed) -> bool:
        """Replaces exactly these sealed credentials; False if they were replaced in the meantime."""


class Prober(Protocol):
    """Tests and searches dashboards with a browser."""

    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """The dashboard's health, with what is wrong with it."""

    async def discover(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """What a mission could look at. Raises BrowserError if the dashboard cannot be searched."""

    async def detect(self, probe: HealthProbe) -> DetectedProduct:
        """Which product answers at the target's base URL, whatever the target's type."""


class Keyring(Protocol):
    """The keys that open sealed credentials."""

    def reseal(self, org: str, base_url: str, sealed: Sealed) -> Sealed:
        """The same credentials, sealed for the newest key. Raises ForbiddenError if no key opens them."""


class Planner(Protocol):
    """Turns a prompt into a plan over registered dashboards."""

    async def plan(self, brief: Brief) -> Plan:
        """Raises PlanError if no registered dashboard can be visited."""


class Observer(Protocol):
    """Opens a page in a browser, waits until its panels are ready, and takes screenshot and numbers."""

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> "VisitResult":
        """Raises BrowserError if the page could not be visited at all."""


@dataclass(frozen=True)
class VisitResult:
    """The result of a visit before the observe activity stores it.

    `picture` is a JPEG of the page, `panels` are JPEGs of single panels by panel id, `video` (animated WebP)
    is present if the visit asked for it.
    """

    sighting: PageObservation
    picture: bytes | None
    evidence: Evidence | None
    panels: Mapping[str, bytes] = field(default_factory=dict)
    video: bytes | None = None


class Highlighter(Protocol):
    """Marks regions on a picture."""

    def highlight(self, picture: bytes, boxes: tuple[Box, ...]) -> bytes:
        """The JPEG with these regions marked. Raises ValueError if the bytes are no picture."""


class Diagnoser(Protocol):
    """A root cause engine."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """May return healthy or inconclusive; every candidate cites evidence."""

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
        """How long the proof of a recovery takes after an action, by what the pages delivered."""

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),
    ) -> Verification:
        """Whether all that showed the incident is back to normal, by samples after the action's end.

        `unread` are the panels that could not be read after the action.
        """


class Gateway(Protocol):
    """Evaluates proposals against the policy."""

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:
        """Fails closed: an unclear answer becomes review at the highest risk.

        The same proposal of the same mission gets the same approval at a gateway that keeps approvals.
        """


class GatewayApprovals(Protocol):
    """The approvals that an external gateway keeps beside ours."""

    async def look(self, token: str, action: Action) -> GatewayStatus:
        """Its status. Raises UnavailableError if the answer is not clearly about this action."""

    async def answer(self, token: str, *, agreed: bool, reason: str) -> None:
        """Sends our decision; `look` shows whether it was accepted. Raises UnavailableError."""


class Actuator(Protocol):
    """Reads and changes one kind of target. Every call has its own deadline."""

    @property
    def repeatable(self) -> bool:
        """Whether `apply` is idempotent: the target applies each key once, however often it is called."""

    async def state(self, service: str) -> TargetState:
        """The current state; equal between two reads without a change. Raises NotFoundError."""

    async def rehearse(self, action: Action) -> str:
        """A dry run: what would happen, as a sentence. Raises RefusedError if the target refuses."""

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:
        """Applies the action once for this key, and returns when it is complete; a refusal is a receipt.

        An actuator that can compare the target with the approved state `expected` in the same step refuses
        another one (Refusal.CHANGED). UnavailableError: the outcome is not known; `find` returns it later.
        """

    async def find(self, action: Action, key: str) -> Receipt | None:
        """The receipt for this key, or None. Raises UnavailableError while the action is still running."""

    async def close(self) -> None:
        """Releases its connections."""


class Actuators(Protocol):
    """The actuators, and the catalog of actions. To an organization that they do not serve, none exists."""

    def remedies(self, org: str, kind: ActionKind, service: str) -> tuple[CatalogEntry, ...]:
        """The organization's actions of this kind for this service, the best first."""

    def entry(self, org: str, action: Action) -> CatalogEntry | None:
        """The catalog's entry of this action; None if the organization has no such action."""

    def named(self, org: str, name: str) -> Actuator:
        """The actuator. Raises RefusedError if the organization has none of this name."""

    def place(self, org: str, name: str) -> ActionPlace:
        """Where the actuator acts. Raises RefusedError if the organization has none of this name."""

    def checked(self, org: str, action: Action) -> Actuator:
        """The action's actuator. Raises RefusedError if the organization's catalog does not allow it.

        That is: no such entry, another actuator or service, parameters that violate the entry's schema, or
        an actuator that acts in another cluster, namespace or environment.
        """


class ApprovalDesk(Protocol):
    """The workflow's side of approvals: it can open, read and revoke them, but never decide."""

    async def open(
        self,
        org: str,
        mission_id: UUID,
        *,
        proposal: Proposal,
        verdict: PolicyVerdict,
        window_s: int,
        act_s: int,
        earlier: int = 0,
    ) -> Approval:
        """Opens one approval per question, after `earlier` ones; seconds from the database's clock."""

    async def resolve(self, org: str, approval_id: UUID) -> ApprovalState:
        """The row's state; becomes EXPIRED when its time is over."""

    async def read(self, org: str, approval_id: UUID) -> Approval:
        """The approval. Raises NotFoundError."""

    async def note(self, org: str, approval_id: UUID, status: GatewayStatus) -> ApprovalState:
        """Stores the status of the gateway's approval; its denial makes ours DENIED unless it is consumed."""

    async def revoke(self, org: str, approval_id: UUID) -> ApprovalState:
        """Cancels it unless it was decided otherwise or consumed."""


class Ledger(Protocol):
    """The executor's side of approvals: consume, record intent and outcome."""

    async def begin(self, org: str, approval_id: UUID, key: str) -> tuple[Approval, bool]:
        """Consumes the approval and writes the intent in one transaction; True if this call did it.

        Recomputes the hash from the row. Raises RefusedError if the hash differs, the approval is not
        APPROVED, its time to act is over, another workflow consumed it, or an approver lost the permission.
        """

    async def read(self, org: str, approval_id: UUID) -> tuple[Approval, Receipt | None]:
        """The approval, and the recorded outcome, if any. Raises NotFoundError."""

    async def refuse(self, org: str, approval_id: UUID, reason: str, refusal: Refusal) -> Receipt:
        """Audits the executor's refusal and returns a receipt with the reason; final once consumed."""

    async def finish(self, org: str, approval_id: UUID, receipt: Receipt) -> Receipt:
        """Writes the outcome once; returns the recorded one. Raises RefusedError unless it was consumed."""


class Reporter(Protocol):
    """Writes the report of a mission."""

    async def write(
        self, events: tuple[Event, ...], outcome: Outcome, reason: str, load: "ArtifactReader"
    ) -> tuple[bytes, bytes]:
        """HTML with embedded pictures, and Markdown."""


class PresignedObjects(Protocol):
    """Fetches objects through presigned addresses, for a worker without read access to the store."""

    async def fetch(self, presigned: PresignedObject) -> bytes:
        """The bytes; raises UnavailableError if they do not match the hash."""


class Printer(Protocol):
    """Prints one of our own HTML pages."""

    async def print(self, html: bytes) -> bytes:
        """The page as PDF. Raises BrowserError."""


class ArtifactReader(Protocol):
    """Reads the bytes of an organization's artifact."""

    async def __call__(self, ref: ArtifactRef) -> bytes:
        """The bytes of the artifact."""
