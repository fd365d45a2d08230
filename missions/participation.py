"""Which events make a person a participant: the only place that says so."""

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
from missions.feedback import FeedbackGiven
from missions.participant import Participant, ParticipantRole


def participant_of(payload: Payload) -> Participant | None:
    """The person who took part by this event, or None.

    Every kind of event is listed, so that mypy refuses a new one until it is decided here. Feedback that was
    taken back and control that was returned still count.
    """
    match payload:
        case Created(brief=brief):
            return Participant(
                person=brief.requester, name=brief.requester_name, role=ParticipantRole.REQUESTER
            )
        case FeedbackGiven(stand=feedback):
            return Participant(person=feedback.person, name=feedback.name, role=ParticipantRole.STEERED)
        case BrowserControlTaken(person=person, name=name) | BrowserControlReturned(person=person, name=name):
            return Participant(person=person, name=name, role=ParticipantRole.CONTROLLED_BROWSER)
        # Votes answer what is asked; stopping or deleting a mission asks for nothing.
        case Decided() | VoteWithdrawn() | CancelRequested() | Hidden():
            return None
        case (
            Started()
            | Planned()
            | Observed()
            | Hypothesized()
            | Diagnosed()
            | Proposed()
            | ApprovalOpened()
            | ApprovalReminded()
            | ApprovalClosed()
            | Acted()
            | Verified()
            | Reported()
            | Closed()
        ):
            return None
