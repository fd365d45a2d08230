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
    """One page before and after the action: the last observation of each phase."""

    title: str
    before: PageObservation | None = None
    after: PageObservation | None = None


@dataclass
class RemediationAttempt:
    """One proposal with its approval, the votes, the action and its verification."""

    proposed: Proposed
    opened: ApprovalOpened | None = None
    answers: list[Decided | VoteWithdrawn] = field(default_factory=list)
    closed: ApprovalClosed | None = None
    acted: Acted | None = None
    verified: Verified | None = None

    @property
    def approval_id(self) -> UUID | None:
        """The id of its approval; None if it was not opened."""
        return self.opened.approval_id if self.opened else None

    @property
    def end(self) -> str:
        """How the attempt ended, in a word or two for the heading."""
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
    """What a report contains."""

    brief: Brief
    outcome: Outcome
    reason: str
    steps: list[Step]
    diagnosed: Diagnosed | None = None
    attempts: list[RemediationAttempt] = field(default_factory=list)
    pairs: dict[str, Pair] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """Cause, actions and deciders in one line; empty if no cause was found."""
        cause = self.diagnosed.diagnosis.cause if self.diagnosed else None
        if cause is None:
            return ""
        parts = [f"{cause.service}: {cause.incident_type.replace('_', ' ')}"]
        for attempt in self.attempts:
            parts.append(attempt.proposed.proposal.action.words)
            parts += [
                f"{vote.answer.lower()} by {vote.name}"
                for vote in attempt.answers
                if isinstance(vote, Decided)
            ]
        return " → ".join(parts)

    def attempt(self, approval_id: UUID) -> RemediationAttempt | None:
        """The attempt with this approval."""
        return next(
            (attempt for attempt in reversed(self.attempts) if attempt.approval_id == approval_id), None
        )


def story_of(events: tuple[Event, ...], outcome: Outcome, reason: str) -> Story:
    """Folds a mission's events into its story. Raises TypeError if the first event is not its creation."""
    first = events[0].payload
    if not isinstance(first, Created):
        raise TypeError("A mission begins with its creation.")
    story = Story(
        brief=first.brief, outcome=outcome, reason=reason, steps=[step_of(event) for event in events]
    )
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
                if story.attempts[-1].opened is not None:  # the same question again, to the same verdict
                    story.attempts.append(RemediationAttempt(story.attempts[-1].proposed))
                story.attempts[-1].opened = opened
                story.attempts[-1].answers += [
                    vote for vote in early if vote.approval_id == opened.approval_id
                ]
            case Decided() | VoteWithdrawn() as answer:
                attempt = story.attempt(answer.approval_id)
                # A vote may be recorded before its approval.
                (attempt.answers if attempt else early).append(answer)
            case ApprovalClosed() | Acted() | Verified() as result:
                _add(story.attempt(result.approval_id), result)
            case _:
                pass
    return story


def _add(attempt: RemediationAttempt | None, result: ApprovalClosed | Acted | Verified) -> None:
    match result:
        case _ if attempt is None:
            return
        case ApprovalClosed():
            attempt.closed = result
        case Acted():
            attempt.acted = result
        case Verified():
            attempt.verified = result
