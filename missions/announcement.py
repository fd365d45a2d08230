from datetime import datetime
from enum import StrEnum
from uuid import UUID

from missions.frozen_model import FrozenModel
from missions.reminder import Urgency


class Announcement(FrozenModel):
    """An administrator's message to everyone in the organization."""

    text: str
    by: str
    at: datetime


class Occasion(StrEnum):
    """Why a person is notified."""

    MISSION_ENDED = "mission-ended"
    MISSION_RELAPSED = "mission-relapsed"
    APPROVAL_DECIDED = "approval-decided"
    SESSION_REUSED = "session-reused"
    APPROVAL_WAITS = "approval-waits"


class Notification(FrozenModel):
    """A message to one person about a mission or their account. It is a hint, and not stored."""

    kind: Occasion
    mission_id: UUID | None = None
    approval_id: UUID | None = None
    title: str
    text: str
    at: datetime
    urgency: Urgency | None = None
