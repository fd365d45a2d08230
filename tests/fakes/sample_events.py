"""One event of each kind and of each of its sentences, with the step that clients get."""

from uuid import UUID

import samples as sample

from missions.approval import AfterDenial, ApprovalStatus, VoteChoice
from missions.browser_control import BrowserControlReturned, BrowserControlTaken
from missions.diagnosis import DiagnosisVerdict
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
from missions.evidence import unseen
from missions.feedback import Feedback, FeedbackGiven, FeedbackKind
from missions.mission import Outcome, Status
from missions.plan import Phase
from missions.proposal import Effect, RiskLevel
from missions.reminder import Urgency
from missions.step import StepType
from missions.verification import Recovery

APPROVAL = UUID(int=8)
SEEN = sample.sighting(screenshot=sample.ref(), numbers=sample.ref("numbers", "cd" * 32))


def opened(status: ApprovalStatus, quorum: int = 1) -> ApprovalOpened:
    return ApprovalOpened(
        approval_id=APPROVAL,
        status=status,
        action="restart payments",
        action_hash="0" * 64,
        risk=RiskLevel.MEDIUM,
        quorum=quorum,
        decide_by=sample.NOON,
        rule="safe-hours",
    )


def decided(answer: VoteChoice, then: AfterDenial | None = None) -> Decided:
    return Decided(
        approval_id=APPROVAL,
        person=UUID(int=9),
        name="Anna",
        answer=answer,
        notes="it is plain",
        status=ApprovalStatus(answer.value),
        then=then,
    )


LINES: list[tuple[Payload, StepType, str, str]] = [
    (
        Hypothesized(pages=1, diagnosis=sample.diagnosis()),
        StepType.RCA,
        "Hypotheses after 1 page",
        "payments (90%)",
    ),
    *(
        (
            FeedbackGiven(
                stand=Feedback(service="web", stance=stance, person=UUID(int=9), name="Olga", reason="so")
            ),
            StepType.RCA,
            f"Olga {words} web",
            "so",
        )
        for stance, words in (
            (FeedbackKind.PINNED, "pinned"),
            (FeedbackKind.RULED_OUT, "ruled out"),
            (FeedbackKind.ADDED, "added"),
            (FeedbackKind.OPEN, "withdrew the feedback on"),
        )
    ),
    (
        BrowserControlTaken(target="shop/web", person=UUID(int=9), name="Olga", until=sample.NOON),
        StepType.SYSTEM,
        "Olga took over the browser",
        "shop/web",
    ),
    (
        BrowserControlReturned(target="shop/web", person=UUID(int=9), name="Olga"),
        StepType.SYSTEM,
        "Olga gave the browser back",
        "shop/web",
    ),
    (
        Created(brief=sample.brief()),
        StepType.SYSTEM,
        "Requested by Olga Operator",
        "Payments is slow. Find out why.",
    ),
    (Started(), StepType.SYSTEM, "Mission started", ""),
    (
        Planned(plan=sample.plan("overview")),
        StepType.SYSTEM,
        "Plan: 1 page to visit",
        "Overview",
    ),
    (
        Hypothesized(pages=2, diagnosis=sample.diagnosis()),
        StepType.RCA,
        "Hypotheses after 2 pages",
        "payments (90%)",
    ),
    (
        Planned(plan=sample.plan("overview", "payments")),
        StepType.SYSTEM,
        "Plan: 2 pages to visit",
        "Overview, Payments",
    ),
    (
        Observed(sighting=SEEN),
        StepType.OBSERVATION,
        "Visited Overview (before)",
        "1 of 1 panels ready, 120 samples",
    ),
    (
        Observed(sighting=unseen(sample.target(), Phase.AFTER, "It never loaded.")),
        StepType.ERROR,
        "Visited Overview (after)",
        "0 of 0 panels ready, 0 samples: It never loaded.",
    ),
    (Diagnosed(diagnosis=sample.diagnosis()), StepType.RCA, "Diagnosis: found", "payments leaks memory"),
    (
        Diagnosed(diagnosis=sample.diagnosis(DiagnosisVerdict.HEALTHY)),
        StepType.RCA,
        "Diagnosis: healthy",
        "all is well",
    ),
    (
        Proposed(proposal=sample.proposal(), verdict=sample.verdict(Effect.REVIEW)),
        StepType.REMEDIATION,
        "Proposed: rollback payments (revision=1)",
        "payments fails since v2. Policy: review, risk MEDIUM (a-rule).",
    ),
    (
        opened(ApprovalStatus.PENDING),
        StepType.REMEDIATION,
        "Waiting for one other person",
        "restart payments",
    ),
    (
        opened(ApprovalStatus.PENDING, 2),
        StepType.REMEDIATION,
        "Waiting for 2 other people",
        "restart payments",
    ),
    (
        opened(ApprovalStatus.APPROVED),
        StepType.REMEDIATION,
        "Approved by rule safe-hours",
        "restart payments",
    ),
    (decided(VoteChoice.APPROVED), StepType.REMEDIATION, "Anna approved", "it is plain"),
    (decided(VoteChoice.DENIED), StepType.REMEDIATION, "Anna denied", "it is plain"),
    (
        decided(VoteChoice.DENIED, AfterDenial.NEXT),
        StepType.REMEDIATION,
        "Anna denied and wants the next candidate",
        "it is plain",
    ),
    (
        VoteWithdrawn(
            approval_id=APPROVAL,
            person=UUID(int=7),
            name="Anna",
            reason="not so sure",
            status=ApprovalStatus.DENIED,
        ),
        StepType.REMEDIATION,
        "Anna withdrew the vote",
        "not so sure",
    ),
    *(
        (
            ApprovalReminded(approval_id=APPROVAL, urgency=urgency, decide_by=sample.NOON),
            StepType.REMEDIATION,
            title,
            "No decision yet; the approval expires at 12:00:00 UTC.",
        )
        for urgency, title in (
            (Urgency.REMIND, "Reminded the approvers"),
            (Urgency.WIDEN, "Asked the whole organization for a decision"),
            (Urgency.PAGE, "Alert: the approval expires soon"),
        )
    ),
    *(
        (
            ApprovalClosed(approval_id=APPROVAL, status=status, reason="so"),
            StepType.REMEDIATION,
            title,
            "so",
        )
        for status, title in (
            (ApprovalStatus.APPROVED, "Approval granted"),
            (ApprovalStatus.DENIED, "Approval denied"),
            (ApprovalStatus.EXPIRED, "Approval expired"),
            (ApprovalStatus.CANCELLED, "Approval cancelled"),
        )
    ),
    (
        Acted(approval_id=APPROVAL, receipt=sample.receipt()),
        StepType.ACTION,
        "Action done",
        "restarted 2 processes",
    ),
    (
        Acted(approval_id=APPROVAL, receipt=sample.receipt(applied=False)),
        StepType.ACTION,
        "Action not done",
        "Nothing was done.",
    ),
    (
        Verified(approval_id=APPROVAL, verification=sample.verification(Recovery.UNKNOWN)),
        StepType.OBSERVATION,
        "Verified: unknown",
        "the numbers say unknown",
    ),
    (
        Verified(
            approval_id=APPROVAL, verification=sample.verification(Recovery.STILL_BAD_ELSEWHERE), final=True
        ),
        StepType.OBSERVATION,
        "Looked again: still_bad_elsewhere",
        "the numbers say still_bad_elsewhere",
    ),
    (
        Reported(html=sample.ref("report"), markdown=sample.ref("report-markdown")),
        StepType.SYSTEM,
        "Report written",
        "",
    ),
    (Hidden(person=UUID(int=9), name="Olga"), StepType.SYSTEM, "Olga deleted the mission", ""),
    (CancelRequested(person=UUID(int=9), name="Olga"), StepType.SYSTEM, "Olga asked to stop", ""),
    (
        Closed(status=Status.COMPLETED, outcome=Outcome.RECOVERED, reason="well again"),
        StepType.SYSTEM,
        "Mission ended: recovered",
        "well again",
    ),
    (
        Closed(
            status=Status.COMPLETED,
            outcome=Outcome.RECOVERED,
            reason="well again",
            looks_again_at=sample.NOON,
        ),
        StepType.SYSTEM,
        "Mission ended, so far: recovered",
        "well again",
    ),
    (
        Closed(status=Status.FAILED, outcome=Outcome.FAILED, reason="no engine"),
        StepType.ERROR,
        "Mission ended: failed",
        "no engine",
    ),
]
