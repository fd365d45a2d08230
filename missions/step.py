"""A mission's events as steps, for clients that do not read event kinds. Computed, never stored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from missions.browser_control import BrowserControlReturned, BrowserControlTaken
from missions.event import (
    Acted,
    ApprovalClosed,
    ApprovalOpened,
    ApprovalReminded,
    CancelRequested,
    Closed,
    Created,
    Decided,
    Diagnosed,
    Event,
    Hidden,
    Hypothesized,
    Observed,
    Payload,
    Planned,
    Proposed,
    Reported,
    Started,
    Verified,
    VoteWithdrawn,
)
from missions.event_rendering import detail_of
from missions.event_view import EventArtifact, view_of
from missions.feedback import FeedbackGiven
from missions.frozen_model import FrozenModel
from missions.mission import Status


class StepType(StrEnum):
    """The kinds of step of the contract."""

    OBSERVATION = "OBSERVATION"
    ACTION = "ACTION"
    RCA = "RCA"
    REMEDIATION = "REMEDIATION"
    ERROR = "ERROR"
    SYSTEM = "SYSTEM"


class Step(FrozenModel):
    """One event in words. Its content is in the event with the same `seq`."""

    mission_id: UUID
    seq: int
    key: str
    type: StepType
    title: str
    detail: str = ""
    at: datetime
    duration_ms: int | None = None
    artifacts: tuple[EventArtifact, ...] = ()
    correlation_id: str | None = None


def step_of(event: Event) -> Step:
    """The step of an event."""
    view = view_of(event)
    return Step(
        mission_id=event.mission_id,
        seq=event.seq,
        key=event.key,
        type=step_type_of(event.payload),
        title=view.title.text,
        detail=detail_of(event.payload),
        at=event.at,
        duration_ms=event.payload.sighting.duration_ms if isinstance(event.payload, Observed) else None,
        artifacts=view.artifacts,
        correlation_id=event.correlation_id,
    )


def step_type_of(payload: Payload) -> StepType:
    """The kind of step that an event is."""
    match payload:
        case Observed(sighting=page):
            return StepType.OBSERVATION if page.screenshot else StepType.ERROR
        case Closed(status=status):
            return StepType.ERROR if status is Status.FAILED else StepType.SYSTEM
        case Hypothesized() | FeedbackGiven() | Diagnosed():
            return StepType.RCA
        case Proposed() | ApprovalOpened() | Decided() | VoteWithdrawn() | ApprovalReminded():
            return StepType.REMEDIATION
        case ApprovalClosed():
            return StepType.REMEDIATION
        case Acted():
            return StepType.ACTION
        case Verified():
            return StepType.OBSERVATION
        case Created() | Started() | Planned() | Reported() | CancelRequested() | Hidden():
            return StepType.SYSTEM
        case BrowserControlTaken() | BrowserControlReturned():
            return StepType.SYSTEM
