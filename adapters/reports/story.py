from dataclasses import dataclass, field

from missions.event import (
    Acted,
    ApprovalOpened,
    Created,
    Decided,
    Diagnosed,
    Event,
    Observed,
    Planned,
    Proposed,
    Verified,
)
from missions.evidence import Sighting
from missions.mission import Brief, Outcome
from missions.plan import Phase
from missions.step import Step
from missions.timeline import step_of


@dataclass
class Pair:
    """One page before and after the action; the last look of each phase."""

    title: str
    before: Sighting | None = None
    after: Sighting | None = None


@dataclass
class Story:
    """A mission as its report tells it."""

    brief: Brief
    outcome: Outcome
    reason: str
    steps: list[Step]
    diagnosed: Diagnosed | None = None
    proposed: Proposed | None = None
    opened: ApprovalOpened | None = None
    decided: list[Decided] = field(default_factory=list)
    acted: Acted | None = None
    verified: Verified | None = None
    pairs: dict[str, Pair] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """Cause, action and who decided, in one line; empty where no cause was found."""
        cause = self.diagnosed.diagnosis.cause if self.diagnosed else None
        if cause is None:
            return ""
        parts = [f"{cause.service}: {cause.incident_type.replace('_', ' ')}"]
        if self.proposed:
            parts.append(self.proposed.proposal.action.words)
        parts += [f"{vote.answer.lower()} by {vote.name}" for vote in self.decided]
        return " → ".join(parts)


def tell(events: tuple[Event, ...], outcome: Outcome, reason: str) -> Story:
    """Folds the events into what a reader wants to know."""
    first = events[0].payload
    if not isinstance(first, Created):
        raise TypeError("A mission begins with its creation.")
    story = Story(brief=first.brief, outcome=outcome, reason=reason, steps=[step_of(one) for one in events])
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
                story.proposed = proposed
            case ApprovalOpened() as opened:
                story.opened = opened
            case Decided() as decided:
                story.decided.append(decided)
            case Acted() as acted:
                story.acted = acted
            case Verified() as verified:
                story.verified = verified
            case _:
                pass
    return story
