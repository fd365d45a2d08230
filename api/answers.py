"""What a client gets."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from missions.approval import Approval
from missions.audit_entry import AuditEntry
from missions.connector import Connector
from missions.event import Event
from missions.health import Found
from missions.mission import Mission
from missions.organization import Organization
from missions.step import Step, StepArtifact
from missions.template import Template
from missions.word import Word
from runtime.queues import Job, Load
from stores.postgres.audit_trail import Facet
from stores.postgres.overviews import Stats


class Started(Word):
    """The answer to a new mission."""

    mission_id: UUID
    mission: Mission


class Detail(Word):
    """A mission with its timeline; `waitingFor` says what one that has not begun waits for."""

    mission: Mission
    steps: tuple[Step, ...]
    latest_screenshot: StepArtifact | None = None
    waiting_for: str | None = None


class Statistics(Word):
    """Missions in numbers."""

    stats: Stats


class Discovered(Word):
    """What a dashboard has to look at."""

    found: tuple[Found, ...]


class Resealed(Word):
    """How many dashboards' credentials were sealed anew."""

    resealed: int


class QueueStatus(Load):
    """As Temporal counts them; `waiting` ones wait until fewer than `concurrency` run."""

    waiting: int
    concurrency: int


class QueueStanding(Word):
    """Where the queue stands."""

    status: QueueStatus


class QueueJob(Word):
    """One mission in the queue; `waitingFor` in words where it has not begun."""

    job: Job
    waiting_for: str | None = None


class Pagination(Word):
    """Where a page stands in its list."""

    page: int
    limit: int
    total: int
    total_pages: int
    next_cursor: str | None


class Missions(Word):
    """One page of missions."""

    missions: tuple[Mission, ...]
    pagination: Pagination


class Events(Word):
    """Events in order, and the same as steps; `lastSeq` and `mission` are where the table stands."""

    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    mission: Mission
    last_seq: int


class Approvals(Word):
    """Approvals, newest first."""

    approvals: tuple[Approval, ...]


class AuditEntries(Word):
    """One page of the audit trail, newest first; `facets` count the values of all that is sought."""

    entries: tuple[AuditEntry, ...]
    total: int
    facets: dict[str, tuple[Facet, ...]]
    next_cursor: str | None


class Organizations(Word):
    """Organizations, by slug."""

    orgs: tuple[Organization, ...]


class Dashboards(Word):
    """The registered dashboards."""

    dashboards: tuple[Connector, ...]


class Templates(Word):
    """The templates, by name."""

    templates: tuple[Template, ...]


class Heard(Word):
    """Whether a browser heard a gesture."""

    heard: bool


class Link(Word):
    """A presigned address of an artifact, and until when it works."""

    url: str
    expires_at: datetime
    sha256: str
    content_type: str


class Health(Word):
    """Whether the process, or each thing it needs, answers."""

    status: str
    checks: dict[str, str] = {}


class CodecLink(Word):
    """Where Temporal's UI asks what payloads say, and for how many seconds. Who has the address may ask."""

    endpoint: str
    expires_in: int


class Payloads(Word):
    """Payloads in Temporal's own form: metadata and data, each in base64."""

    payloads: tuple[dict[str, JsonValue], ...]
