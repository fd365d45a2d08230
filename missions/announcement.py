from datetime import datetime
from enum import StrEnum
from uuid import UUID

from missions.frozen_model import FrozenModel
from missions.reminder import Urgency


class Announcement(FrozenModel):
    """What an administrator tells everybody of the organization."""

    text: str
    by: str
    at: datetime


class Occasion(StrEnum):
    """Why a person is told something."""

    MISSION_ENDED = "mission-ended"
    APPROVAL_DECIDED = "approval-decided"
    SESSION_REUSED = "session-reused"
    APPROVAL_WAITS = "approval-waits"


class Notification(FrozenModel):
    """What one person is told, of a mission or of their account; a hint, and not kept."""

    kind: Occasion
    mission_id: UUID | None = None
    approval_id: UUID | None = None
    title: str
    text: str
    at: datetime
    urgency: Urgency | None = None
