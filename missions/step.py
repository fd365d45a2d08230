from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from missions.evidence import ArtifactRef
from missions.frozen_model import FrozenModel


class StepType(StrEnum):
    """What kind of step a client shows."""

    OBSERVATION = "OBSERVATION"
    ACTION = "ACTION"
    RCA = "RCA"
    REMEDIATION = "REMEDIATION"
    ERROR = "ERROR"
    SYSTEM = "SYSTEM"


class StepArtifact(FrozenModel):
    """An artifact of a step, as a client asks for it: `GET /api/artifacts/{id}`."""

    id: UUID
    kind: str
    title: str
    sha256: str
    content_type: str


class Step(FrozenModel):
    """One line of a mission's timeline: the projection of one event."""

    mission_id: UUID
    seq: int
    key: str
    type: StepType
    title: str
    detail: str = ""
    at: datetime
    duration_ms: int | None = None
    artifacts: tuple[StepArtifact, ...] = ()
    data: dict[str, Any] = {}
    correlation_id: str | None = None


def artifact_of(ref: ArtifactRef, artifact_id: UUID) -> StepArtifact:
    """The client's view of a stored object."""
    return StepArtifact(
        id=artifact_id, kind=ref.kind, title=ref.title, sha256=ref.sha256, content_type=ref.content_type
    )
