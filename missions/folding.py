from datetime import datetime

from missions.approval import ApprovalStatus
from missions.browser_control import BrowserControlReturned, BrowserControlTaken
from missions.errors import StatusError
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
from missions.event_rendering import title_of
from missions.feedback import FeedbackGiven
from missions.mission import Mission, Outcome, Status
from missions.mission import title_of as title_of_prompt
from missions.verification import Verification, relapsed


def begin(created: Created, at: datetime) -> Mission:
    """The mission as its first event made it."""
    brief = created.brief
    return Mission(
        id=brief.mission_id,
        title=title_of_prompt(brief.prompt),
        prompt=brief.prompt,
        status=Status.PENDING,
        priority=brief.priority,
        requester=brief.requester,
        requester_name=brief.requester_name,
        created_at=at,
        updated_at=at,
    )


def fold(mission: Mission | None, event: Event) -> Mission:
    """The mission after the event: the only place where a mission's status changes.

    Raises StatusError if the event's status may not follow.
    """
    if mission is None:
        if not isinstance(event.payload, Created):
            raise StatusError(f"{event.key} before the mission was created")
        mission = begin(event.payload, event.at)
    changes = _changes(mission, event.payload)
    status = changes.get("status", mission.status)
    if not isinstance(status, Status) or not mission.status.may_become(status):
        raise StatusError(f"{mission.status} cannot become {status} by {event.key}")
    if status.is_terminal and not mission.status.is_terminal:
        changes["finished_at"] = event.at
    if isinstance(event.payload, Hidden):
        changes["hidden_at"] = event.at
    changes |= {"last_seq": event.seq, "updated_at": event.at, "last_event": title_of(event.payload)}
    return mission.model_copy(update=changes)


def _changes(mission: Mission, payload: Payload) -> dict[str, object]:
    match payload:
        case Started() | Planned() | Observed() | Hypothesized():
            return {} if mission.status is not Status.PENDING else {"status": Status.RUNNING}
        case Diagnosed(diagnosis=diagnosis):
            cause = diagnosis.cause
            return {"verdict": diagnosis.verdict.value, "service": cause.service if cause else None}
        case Proposed(verdict=verdict):
            return {"risk": verdict.risk.name}
        case ApprovalOpened(approval_id=approval, status=ApprovalStatus.PENDING) if (
            approval != mission.approval_id  # else a vote was recorded before its approval
        ):
            return {"status": Status.AWAITING_APPROVAL, "approval_id": approval}
        case ApprovalOpened(approval_id=approval):
            return {"approval_id": approval}
        case (
            Decided(approval_id=approval, status=status) | VoteWithdrawn(approval_id=approval, status=status)
        ) if status is not ApprovalStatus.PENDING:
            return _running_again(mission) | {"approval_id": approval}
        case ApprovalClosed():
            return _running_again(mission)
        case Closed(status=status, outcome=outcome, reason=reason, looks_again_at=at):
            return {"status": status, "outcome": outcome, "summary": reason, "looks_again_at": at}
        case Verified(final=True, verification=verification):
            return _after_later_look(mission, verification)
        case Created() | Decided() | VoteWithdrawn() | ApprovalReminded() | Acted() | Verified():
            return {}
        case (
            Reported()
            | CancelRequested()
            | Hidden()
            | FeedbackGiven()
            | BrowserControlTaken()
            | BrowserControlReturned()
        ):
            return {}


def _after_later_look(mission: Mission, verification: Verification) -> dict[str, object]:
    """The outcome "recovered" is confirmed, or the mission is reopened as "relapsed"."""
    changes: dict[str, object] = {"looks_again_at": None}
    if mission.outcome is Outcome.RECOVERED and relapsed(verification):
        changes |= {"outcome": Outcome.RELAPSED, "summary": verification.reason}
    return changes


def _running_again(mission: Mission) -> dict[str, object]:
    """A vote that is recorded after a mission's end (a race with its cancellation) changes no status."""
    return {} if mission.status.is_terminal else {"status": Status.RUNNING}
