"""What a client gets."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from missions.approval import Approval
from missions.audit_entry import AuditEntry
from missions.connector import Connector
from missions.event import Event
from missions.frozen_model import FrozenModel
from missions.health import DashboardMatch
from missions.mission import Mission
from missions.organization import Organization
from missions.step import Step, StepArtifact
from missions.template import Template
from runtime.queues import Job, QueueLoad
from stores.postgres.audit.trail import Facet
from stores.postgres.missions.overviews import Stats


class CreatedMission(FrozenModel):
    """The answer to a new mission."""

    mission_id: UUID
    mission: Mission


class Detail(FrozenModel):
    """A mission with its timeline; `waitingFor` says what one that has not begun waits for."""

    mission: Mission
    steps: tuple[Step, ...]
    latest_screenshot: StepArtifact | None = None
    waiting_for: str | None = None


class Statistics(FrozenModel):
    """Missions in numbers."""

    stats: Stats


class Discovered(FrozenModel):
    """What a dashboard has to look at."""

    found: tuple[DashboardMatch, ...]


class Resealed(FrozenModel):
    """How many dashboards' credentials were sealed anew."""

    resealed: int


class QueueStatus(QueueLoad):
    """As Temporal counts them; `waiting` ones wait until fewer than `concurrency` run."""

    waiting: int
    concurrency: int


class QueueStanding(FrozenModel):
    """Where the queue stands."""

    status: QueueStatus


class QueueJob(FrozenModel):
    """One mission in the queue; `waitingFor` in words where it has not begun."""

    job: Job
    waiting_for: str | None = None


class Pagination(FrozenModel):
    """Where a page stands in its list."""

    page: int
    limit: int
    total: int
    total_pages: int
    next_cursor: str | None


class Missions(FrozenModel):
    """One page of missions."""

    missions: tuple[Mission, ...]
    pagination: Pagination


class Events(FrozenModel):
    """Events in order, and the same as steps; `lastSeq` and `mission` are where the table stands."""

    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    mission: Mission
    last_seq: int


class Approvals(FrozenModel):
    """Approvals, newest first."""

    approvals: tuple[Approval, ...]


class AuditEntries(FrozenModel):
    """One page of the audit trail, newest first; `facets` count the values of all that is sought."""

    entries: tuple[AuditEntry, ...]
    total: int
    facets: dict[str, tuple[Facet, ...]]
    next_cursor: str | None


class Organizations(FrozenModel):
    """Organizations, by slug."""

    orgs: tuple[Organization, ...]


class Dashboards(FrozenModel):
    """The registered dashboards."""

    dashboards: tuple[Connector, ...]


class Templates(FrozenModel):
    """The templates, by name."""

    templates: tuple[Template, ...]


class Heard(FrozenModel):
    """Whether a browser heard a gesture."""

    heard: bool


class Link(FrozenModel):
    """A presigned address of an artifact, and until when it works."""

    url: str
    expires_at: datetime
    sha256: str
    content_type: str


class HealthReport(FrozenModel):
    """Whether the process, or each thing it needs, answers."""

    status: str
    checks: dict[str, str] = {}


class CodecLink(FrozenModel):
    """Where Temporal's UI asks what payloads say, and for how many seconds. Who has the address may ask."""

    endpoint: str
    expires_in: int


class Payloads(FrozenModel):
    """Payloads in Temporal's own form: metadata and data, each in base64."""

    payloads: tuple[dict[str, JsonValue], ...]
