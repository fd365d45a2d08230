from dataclasses import dataclass, field
from uuid import UUID

from missions.event import (
    Acted,
    ApprovalClosed,
    ApprovalOpened,
    Created,
    Decided,
    Diagnosed,
    Event,
    Observed,
    Planned,
    Proposed,
    Verified,
    VoteWithdrawn,
)
from missions.evidence import PageObservation
from missions.mission import Brief, Outcome
from missions.plan import Phase
from missions.step import Step, step_of


@dataclass
class Pair:
    """One page before and after the action; the last look of each phase."""

    title: str
    before: PageObservation | None = None
    after: PageObservation | None = None


@dataclass
class RemediationAttempt:
    """One question to people with what came of it: who asked for what, who answered, what was done."""

    proposed: Proposed
    opened: ApprovalOpened | None = None
    answers: list[Decided | VoteWithdrawn] = field(default_factory=list)
    closed: ApprovalClosed | None = None
    acted: Acted | None = None
    verified: Verified | None = None

    @property
    def approval_id(self) -> UUID | None:
        """The question, where it was asked."""
        return self.opened.approval_id if self.opened else None

    @property
    def end(self) -> str:
        """In a word or two, for the heading."""
        if self.verified:
            return self.verified.verification.recovery.replace("_", " ")
        if self.acted:
            return "done" if self.acted.receipt.applied else "not done"
        if self.closed:
            return self.closed.status.lower()
        if self.answers and isinstance(last := self.answers[-1], Decided):
            return last.status.lower()
        return "refused by the policy" if self.opened is None else "not answered"


@dataclass
class Story:
    """A mission as its report tells it."""

    brief: Brief
    outcome: Outcome
    reason: str
    steps: list[Step]
    diagnosed: Diagnosed | None = None
    attempts: list[RemediationAttempt] = field(default_factory=list)
    pairs: dict[str, Pair] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """Cause, actions and who decided, in one line; empty where no cause was found."""
        cause = self.diagnosed.diagnosis.cause if self.diagnosed else None
        if cause is None:
            return ""
        parts = [f"{cause.service}: {cause.incident_type.replace('_', ' ')}"]
        for attempt in self.attempts:
            parts.append(attempt.proposed.proposal.action.words)
            parts += [f"{v.answer.lower()} by {v.name}" for v in attempt.answers if isinstance(v, Decided)]
        return " → ".join(parts)

    def attempt(self, approval_id: UUID) -> RemediationAttempt | None:
        """Where the answer, the effect or the comparison of this approval belongs."""
        return next((one for one in reversed(self.attempts) if one.approval_id == approval_id), None)


def tell(events: tuple[Event, ...], outcome: Outcome, reason: str) -> Story:
    """Folds the events into what a reader wants to know."""
    first = events[0].payload
    if not isinstance(first, Created):
        raise TypeError("A mission begins with its creation.")
    story = Story(brief=first.brief, outcome=outcome, reason=reason, steps=[step_of(one) for one in events])
    early: list[Decided | VoteWithdrawn] = []
    for event in events:
        match event.payload:
            case Planned(plan=plan):
                story.pairs = {target.id: Pair(target.title) for target in plan.targets}
            case Observed(sighting=sighting):
                pair = story.pairs.setdefault(sighting.target, Pair(sighting.title))
                if sighting.phase is Phase.BEFORE:
                    pair.before = sighting
                else:
                    pair.after = sighting
            case Diagnosed() as diagnosed:
                story.diagnosed = diagnosed
            case Proposed() as proposed:
                story.attempts.append(RemediationAttempt(proposed))
            case ApprovalOpened() as opened if story.attempts:
                story.attempts[-1].opened = opened
                story.attempts[-1].answers += [one for one in early if one.approval_id == opened.approval_id]
            case Decided() | VoteWithdrawn() as answer:
                attempt = story.attempt(answer.approval_id)
                (attempt.answers if attempt else early).append(answer)  # an answer may overtake its question
            case ApprovalClosed() | Acted() | Verified() as told:
                _add(story.attempt(told.approval_id), told)
            case _:
                pass
    return story


def _add(attempt: RemediationAttempt | None, told: ApprovalClosed | Acted | Verified) -> None:
    match told:
        case _ if attempt is None:
            return
        case ApprovalClosed():
            attempt.closed = told
        case Acted():
            attempt.acted = told
        case Verified():
            attempt.verified = told
