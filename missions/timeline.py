from typing import Any
from uuid import UUID, uuid5

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
    Event,
    Hidden,
    Hypothesized,
    Observed,
    Planned,
    Proposed,
    Reported,
    Started,
    Verified,
    VoteWithdrawn,
)
from missions.evidence import ArtifactRef
from missions.feedback import FeedbackGiven, FeedbackKind
from missions.mission import Status
from missions.plan import Plan
from missions.reminder import Urgency
from missions.step import Step, StepType, artifact_of


def artifact_id(mission: UUID, ref: ArtifactRef) -> UUID:
    """The public id of a stored object: the same bytes in the same mission and role have one id."""
    return uuid5(mission, f"{ref.kind}/{ref.sha256}")


def artifacts(event: Event) -> tuple[ArtifactRef, ...]:
    """The objects that an event refers to."""
    match event.payload:
        case Observed(sighting=sighting):
            panels = (panel.picture for panel in sighting.panels)
            refs = (sighting.screenshot, sighting.numbers, sighting.trace, sighting.video, *panels)
            return tuple(ref for ref in refs if ref is not None)
        case Diagnosed(diagnosis=diagnosis):
            return tuple(one.picture for one in diagnosis.highlights)
        case Reported(html=html, markdown=markdown):
            return (html, markdown)
        case _:
            return ()


def step_of(event: Event) -> Step:
    """The line that a client shows for an event."""
    kind, title, detail, data = _told(event)
    duration = event.payload.sighting.duration_ms if isinstance(event.payload, Observed) else None
    return Step(
        mission_id=event.mission_id,
        seq=event.seq,
        key=event.key,
        type=kind,
        title=title,
        detail=detail,
        at=event.at,
        duration_ms=duration,
        artifacts=tuple(artifact_of(ref, artifact_id(event.mission_id, ref)) for ref in artifacts(event)),
        data=data,
        correlation_id=event.correlation_id,
    )


_Told = tuple[StepType, str, str, dict[str, Any]]


def _told(event: Event) -> _Told:
    match event.payload:
        case Created(brief=brief):
            return StepType.SYSTEM, f"{brief.requester_name} asked", brief.prompt, {}
        case Started():
            return StepType.SYSTEM, "Mission started", "", {}
        case Planned(plan=plan):
            pages = ", ".join(target.title for target in plan.targets)
            return StepType.SYSTEM, f"Plan: {len(plan.targets)} pages to look at", pages, _data_of_plan(plan)
        case Observed(sighting=sighting):
            samples = sum(panel.samples for panel in sighting.panels)
            ready = sum(panel.state == "ready" for panel in sighting.panels)
            detail = f"{ready} of {len(sighting.panels)} panels ready, {samples} samples" + (
                f": {sighting.reason}" if sighting.reason else ""
            )
            kind = StepType.OBSERVATION if sighting.screenshot else StepType.ERROR
            return (
                kind,
                f"Saw {sighting.title} ({sighting.phase})",
                detail,
                sighting.model_dump(mode="json", by_alias=True),
            )
        case Hypothesized() | FeedbackGiven() | Diagnosed():
            return _told_of_causes(event.payload)
        case Proposed(proposal=proposal, verdict=verdict):
            data = {
                "proposal": proposal.model_dump(mode="json", by_alias=True),
                "verdict": verdict.model_dump(mode="json", by_alias=True),
            }
            detail = f"{proposal.reason} Policy: {verdict.effect}, risk {verdict.risk.name} ({verdict.rule})."
            return StepType.REMEDIATION, f"Proposed: {proposal.action.words}", detail, data
        case ApprovalOpened() | Decided() | VoteWithdrawn() | ApprovalReminded() | ApprovalClosed():
            return _told_of_approval(event.payload)
        case Acted(receipt=receipt):
            title = "Action done" if receipt.applied else "Action not done"
            return StepType.ACTION, title, receipt.detail, receipt.model_dump(mode="json", by_alias=True)
        case Verified(verification=verification):
            data = verification.model_dump(mode="json", by_alias=True)
            return StepType.OBSERVATION, f"Verified: {verification.recovery}", verification.reason, data
        case Reported():
            return StepType.SYSTEM, "Report written", "", {}
        case CancelRequested() | Hidden() | BrowserControlTaken() | BrowserControlReturned():
            return _told_of_people(event.payload)
        case Closed(status=status, outcome=outcome, reason=reason):
            kind = StepType.ERROR if status is Status.FAILED else StepType.SYSTEM
            return kind, f"Mission ended: {outcome}", reason, {}


def _told_of_people(
    payload: CancelRequested | Hidden | BrowserControlTaken | BrowserControlReturned,
) -> _Told:
    if isinstance(payload, CancelRequested | Hidden):
        did = "deleted the mission" if isinstance(payload, Hidden) else "asked to stop"
        return StepType.SYSTEM, f"{payload.name} {did}", "", {}
    did = "took over the browser" if isinstance(payload, BrowserControlTaken) else "gave the browser back"
    data = payload.model_dump(mode="json", by_alias=True)
    return StepType.SYSTEM, f"{payload.name} {did}", payload.target, data


_OfApproval = ApprovalOpened | Decided | VoteWithdrawn | ApprovalReminded | ApprovalClosed
_REMINDED = {
    Urgency.REMIND: "Reminded those who may decide",
    Urgency.WIDEN: "Told everybody that it waits",
    Urgency.PAGE: "Paged: the time to decide is nearly over",
}


_STANCES = {
    FeedbackKind.PINNED: "pinned",
    FeedbackKind.RULED_OUT: "ruled out",
    FeedbackKind.ADDED: "added",
    FeedbackKind.OPEN: "took back what was said of",
}


def _told_of_causes(payload: Hypothesized | FeedbackGiven | Diagnosed) -> _Told:
    if isinstance(payload, Diagnosed):
        found = payload.diagnosis
        data = found.model_dump(mode="json", by_alias=True)
        return StepType.RCA, f"Diagnosis: {found.verdict}", found.summary, data
    data = payload.model_dump(mode="json", by_alias=True)
    if isinstance(payload, FeedbackGiven):
        stand = payload.stand
        return StepType.RCA, f"{stand.name} {_STANCES[stand.stance]} {stand.service}", stand.reason, data
    named = [f"{one.service} ({one.confidence:.0%})" for one in payload.diagnosis.root_cause_candidates[:3]]
    pages = f"{payload.pages} page{'s' * (payload.pages != 1)}"
    return StepType.RCA, f"Hypotheses after {pages}", ", ".join(named) or payload.diagnosis.verdict, data


def _data_of_plan(plan: Plan) -> dict[str, Any]:
    """What a client may know of a plan: never a connector's settings."""
    targets = [{"id": one.id, "title": one.title} for one in plan.targets]
    return {"targets": targets, "actions": list(plan.actions), "environment": plan.environment}


def _told_of_approval(payload: _OfApproval) -> _Told:
    data = {"approvalId": str(payload.approval_id)}
    match payload:
        case ApprovalOpened(status=ApprovalStatus.PENDING) as opened:
            people = "one other person" if opened.quorum == 1 else f"{opened.quorum} other people"
            return StepType.REMEDIATION, f"Waiting for {people}", opened.action, data
        case ApprovalOpened() as opened:
            return StepType.REMEDIATION, f"Approved by rule {opened.rule}", opened.action, data
        case Decided() as decided:
            verb = "approved" if decided.answer is VoteChoice.APPROVED else "denied"
            wish = " and wants the next candidate" if decided.then is AfterDenial.NEXT else ""
            return StepType.REMEDIATION, f"{decided.name} {verb}{wish}", decided.notes, data
        case VoteWithdrawn() as withdrawn:
            return StepType.REMEDIATION, f"{withdrawn.name} took the answer back", withdrawn.reason, data
        case ApprovalReminded() as reminded:
            until = f"Nobody has decided; it ends at {reminded.decide_by:%H:%M:%S} UTC."
            return StepType.REMEDIATION, _REMINDED[reminded.urgency], until, data
        case ApprovalClosed() as closed:
            return StepType.REMEDIATION, f"Approval {closed.status.lower()}", closed.reason, data
