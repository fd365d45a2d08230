"""What people read about an event: the values of its title, and its detail in English."""

from missions.approval import AfterDenial, ApprovalStatus, VoteChoice
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
from missions.event_text import EventTitle
from missions.evidence import PageObservation, PanelState
from missions.feedback import FeedbackGiven


def title_of(payload: Payload) -> EventTitle:
    """The title of an event, for a reader in any language."""
    variant, values = _title(payload)
    return EventTitle(kind=payload.kind, variant=variant, values=values)


def _title(payload: Payload) -> tuple[str, dict[str, str | int]]:
    """The variant of the sentence, and the values that it names."""
    match payload:
        case Created(brief=brief):
            return "", {"name": brief.requester_name}
        case Started() | Reported():
            return "", {}
        case Planned(plan=plan):
            return _plural(len(plan.targets)), {"pages": len(plan.targets)}
        case Observed(sighting=page):
            return "", {"page": page.title, "phase": page.phase.value}
        case Hypothesized(pages=pages):
            return _plural(pages), {"pages": pages}
        case FeedbackGiven(stand=feedback):
            return feedback.stance.value, {"name": feedback.name, "service": feedback.service}
        case Diagnosed(diagnosis=diagnosis):
            return "", {"verdict": diagnosis.verdict.value}
        case Proposed(proposal=proposal):
            return "", {"action": proposal.action.words}
        case ApprovalOpened(status=ApprovalStatus.PENDING, quorum=quorum):
            return _plural(quorum), {"people": quorum}
        case ApprovalOpened(rule=rule):
            return "rule", {"rule": rule}
        case Decided(answer=answer, then=then):
            asks_next = answer is VoteChoice.DENIED and then is AfterDenial.NEXT
            return "denied-next" if asks_next else answer.value.lower(), {"name": payload.name}
        case ApprovalReminded(urgency=urgency):
            return urgency.value, {}
        case ApprovalClosed(status=status):
            return status.value.lower(), {}
        case Acted(receipt=receipt):
            return "done" if receipt.applied else "refused", {}
        case Verified(verification=verification, final=final):
            return "final" if final else "", {"recovery": verification.recovery.value}
        case Closed(outcome=outcome, looks_again_at=at):
            return "so-far" if at else "", {"outcome": outcome.value}
        case (
            VoteWithdrawn(name=name)
            | CancelRequested(name=name)
            | Hidden(name=name)
            | BrowserControlTaken(name=name)
            | BrowserControlReturned(name=name)
        ):
            return "", {"name": name}


def _plural(count: int) -> str:
    return "one" if count == 1 else ""


def detail_of(payload: Payload) -> str:
    """The line below the title, in English; "" where the title says everything."""
    match payload:
        case Created(brief=brief):
            return brief.prompt
        case Planned(plan=plan):
            return ", ".join(target.title for target in plan.targets)
        case Observed(sighting=page):
            return _detail_of_page(page)
        case Hypothesized(diagnosis=diagnosis):
            likely = diagnosis.root_cause_candidates[:3]
            named = ", ".join(f"{candidate.service} ({candidate.confidence:.0%})" for candidate in likely)
            return named or diagnosis.verdict.value
        case FeedbackGiven(stand=feedback):
            return feedback.reason
        case Diagnosed(diagnosis=diagnosis):
            return diagnosis.summary
        case Proposed(proposal=proposal, verdict=verdict):
            return f"{proposal.reason} Policy: {verdict.effect}, risk {verdict.risk.name} ({verdict.rule})."
        case ApprovalOpened(action=action):
            return action
        case Decided(notes=notes):
            return notes
        case ApprovalReminded(decide_by=decide_by):
            return f"No decision yet; the approval expires at {decide_by:%H:%M:%S} UTC."
        case VoteWithdrawn(reason=reason) | ApprovalClosed(reason=reason) | Closed(reason=reason):
            return reason
        case Acted(receipt=receipt):
            return receipt.detail
        case Verified(verification=verification):
            return verification.reason
        case BrowserControlTaken(target=target) | BrowserControlReturned(target=target):
            return target
        case Started() | Reported() | CancelRequested() | Hidden():
            return ""


def _detail_of_page(page: PageObservation) -> str:
    ready = sum(panel.state is PanelState.READY for panel in page.panels)
    samples = sum(panel.samples for panel in page.panels)
    counts = f"{ready} of {len(page.panels)} panels ready, {samples} samples"
    return f"{counts}: {page.reason}" if page.reason else counts
