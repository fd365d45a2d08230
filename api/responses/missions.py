"""What the API answers about missions."""

from datetime import datetime
from uuid import UUID

from missions.event_view import EventArtifact, EventView
from missions.frozen_model import FrozenModel
from missions.mission import Mission
from missions.mission_rights import MissionRights
from missions.step import Step
from missions.template import Template
from runtime.queues import Job, QueueLoad
from stores.postgres.missions.overviews import Stats


class CreatedMissionResponse(FrozenModel):
    """The answer to a new mission."""

    mission_id: UUID
    mission: Mission
    you: MissionRights


class MissionResponse(FrozenModel):
    """A mission with its timeline, and what the reader may do with it.

    `waitingFor` says why a mission that has not started waits.
    """

    mission: Mission
    steps: tuple[Step, ...]
    latest_screenshot: EventArtifact | None = None
    waiting_for: str | None = None
    you: MissionRights


class MissionStatsResponse(FrozenModel):
    """Statistics of missions."""

    stats: Stats


class QueueStatus(QueueLoad):
    """Temporal's counts; `waiting` missions start when fewer than `concurrency` run."""

    waiting: int
    concurrency: int


class QueueStatusResponse(FrozenModel):
    """The state of the organization's queue."""

    status: QueueStatus


class QueueJobResponse(FrozenModel):
    """One mission in the queue; `waitingFor` says why it has not started."""

    job: Job
    waiting_for: str | None = None


class Pagination(FrozenModel):
    """The place of a page in its list."""

    page: int
    limit: int
    total: int
    total_pages: int
    next_cursor: str | None


class MissionListResponse(FrozenModel):
    """One page of missions."""

    missions: tuple[Mission, ...]
    pagination: Pagination


class EventListResponse(FrozenModel):
    """Events in order; `mission`, `lastSeq` and `you` are as of this answer."""

    events: tuple[EventView, ...]
    mission: Mission
    last_seq: int
    you: MissionRights


class TemplateListResponse(FrozenModel):
    """The templates, by name."""

    templates: tuple[Template, ...]


class BrowserInputResponse(FrozenModel):
    """Whether a browser received the input."""

    heard: bool


class ArtifactLinkResponse(FrozenModel):
    """A presigned address of an artifact, valid until `expiresAt`."""

    url: str
    expires_at: datetime
    sha256: str
    content_type: str
