"""The title of an event, and its words in English. The console has the same table in en.ts and de.ts."""

from missions.frozen_model import FrozenModel

TITLES = {
    "created": "Requested by {name}",
    "started": "Mission started",
    "planned": "Plan: {pages} pages to visit",
    "planned.one": "Plan: 1 page to visit",
    "observed": "Visited {page} ({phase})",
    "hypothesized": "Hypotheses after {pages} pages",
    "hypothesized.one": "Hypotheses after 1 page",
    "steered.pinned": "{name} pinned {service}",
    "steered.ruled-out": "{name} ruled out {service}",
    "steered.added": "{name} added {service}",
    "steered.open": "{name} withdrew the feedback on {service}",
    "taken-over": "{name} took over the browser",
    "given-back": "{name} gave the browser back",
    "diagnosed": "Diagnosis: {verdict}",
    "proposed": "Proposed: {action}",
    "approval-opened": "Waiting for {people} other people",
    "approval-opened.one": "Waiting for one other person",
    "approval-opened.rule": "Approved by rule {rule}",
    "decided.approved": "{name} approved",
    "decided.denied": "{name} denied",
    "decided.denied-next": "{name} denied and wants the next candidate",
    "vote-withdrawn": "{name} withdrew the vote",
    "approval-reminded.remind": "Reminded the approvers",
    "approval-reminded.widen": "Asked the whole organization for a decision",
    "approval-reminded.page": "Alert: the approval expires soon",
    "approval-closed.approved": "Approval granted",
    "approval-closed.denied": "Approval denied",
    "approval-closed.expired": "Approval expired",
    "approval-closed.cancelled": "Approval cancelled",
    "acted.done": "Action done",
    "acted.refused": "Action not done",
    "verified": "Verified: {recovery}",
    "verified.final": "Looked again: {recovery}",
    "reported": "Report written",
    "cancel-requested": "{name} asked to stop",
    "hidden": "{name} deleted the mission",
    "closed": "Mission ended: {outcome}",
    "closed.so-far": "Mission ended, so far: {outcome}",
}


class EventTitle(FrozenModel):
    """What a title in any language is made of: the event's kind, its variant and the values that it names.

    `variant` chooses between sentences of one kind ("approved" or "denied"); "" where there is only one.
    """

    kind: str
    variant: str = ""
    values: dict[str, str | int] = {}

    @property
    def key(self) -> str:
        """The key of the sentence in a table of words."""
        return f"{self.kind}.{self.variant}" if self.variant else self.kind

    @property
    def text(self) -> str:
        """The title in English; the kind itself for an event that this version cannot name."""
        try:
            return TITLES[self.key].format_map(self.values)
        except KeyError:
            return self.kind
