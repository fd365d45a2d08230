from missions.announcement import Notification, Occasion
from missions.approval import ApprovalStatus, VoteChoice
from missions.event import Closed, Decided, Event, Verified
from missions.mission import Mission, Outcome


def notification_of(event: Event, mission: Mission) -> Notification | None:
    """The notification of the requester, when the mission ends, relapses, or its approval is decided."""
    match event.payload:
        case Closed(outcome=outcome, reason=reason, looks_again_at=looks_again_at):
            so_far = " so far" if looks_again_at else ""
            return Notification(
                kind=Occasion.MISSION_ENDED,
                mission_id=mission.id,
                title=f"{mission.title}: {outcome.replace('_', ' ')}{so_far}",
                text=reason,
                at=event.at,
            )
        case Verified(final=True, verification=verification) if mission.outcome is Outcome.RELAPSED:
            return Notification(
                kind=Occasion.MISSION_RELAPSED,
                mission_id=mission.id,
                title=f"{mission.title}: {Outcome.RELAPSED}",
                text=verification.reason,
                at=event.at,
            )
        case Decided(status=status, approval_id=approval) as decided if status is not ApprovalStatus.PENDING:
            verb = "approved" if decided.answer is VoteChoice.APPROVED else "denied"
            return Notification(
                kind=Occasion.APPROVAL_DECIDED,
                mission_id=mission.id,
                approval_id=approval,
                title=f"{mission.title}: {decided.name} {verb}",
                text=decided.notes,
                at=event.at,
            )
        case _:
            return None
