"""Judges a mission by the lab's own truth, which only the lab knows."""

from dataclasses import dataclass
from typing import Any

from lab.faults.truth import LabAction, Truth
from lab.operations.change import Change
from missions.diagnosis import DiagnosisVerdict
from missions.mission import Outcome
from missions.plan import ActionKind


@dataclass(frozen=True)
class LabApprover:
    """Knows the truth, and approves only an action that helps."""

    truth: Truth

    def answer(self, card: dict[str, Any]) -> tuple[bool, str]:
        """Whether to approve this approval's card, with the reason."""
        proposed = card["proposal"]["action"]
        action = LabAction(ActionKind(proposed["kind"]), proposed["service"])
        if action in self.truth.helps:
            return True, f"Approved: {action} helps."
        return False, f"Denied: {action} does not help."


@dataclass(frozen=True)
class LabResult:
    """What a mission said and did. `recovered` is the lab's own truth at its end.

    `summary` is the last line of the demo and the first claim's `type`; `changes` are the product's actions;
    `unapproved` counts those without an approval of exactly that action.
    """

    truth: Truth
    summary: dict[str, Any]
    changes: tuple[Change, ...] = ()
    recovered: bool = False
    unapproved: int = 0

    @property
    def claimed(self) -> bool:
        """Whether the mission named a cause."""
        return bool(self.summary["verdict"] == DiagnosisVerdict.FOUND)

    @property
    def right_component(self) -> bool:
        """In a healthy lab: nothing was named."""
        if self.truth.healthy:
            return not self.claimed
        return self.claimed and self.summary["cause"] in self.truth.accepted

    @property
    def right_type(self) -> bool:
        """Whether the named type is one of the right ones."""
        return self.claimed and self.summary["type"] in self.truth.incident_types

    @property
    def actions(self) -> list[LabAction]:
        """What the product did, in order."""
        return [LabAction(ActionKind(change.kind), change.service) for change in self.changes]

    @property
    def recovered_said(self) -> bool:
        """Whether the mission says that its action helped."""
        return bool(self.summary["outcome"] == Outcome.RECOVERED)

    def mistakes(self, *, denied: bool = False) -> list[str]:
        """What is wrong with the mission, in sentences. `denied`: every action was denied."""
        truth, summary = self.truth, self.summary
        mistakes = []
        if truth.healthy and self.claimed:
            mistakes.append(f"nothing is at fault, but {summary['cause']} was named")
        elif not self.right_component:
            parts = ", ".join(truth.components)
            mistakes.append(f"{parts} is at fault, but {summary['cause'] or 'nothing'} was named")
        mistakes += [
            f"{action} was done and does not help" for action in self.actions if action not in truth.helps
        ]
        if truth.helps and not denied and not set(self.actions) & set(truth.helps):
            mistakes.append(f"what helps was not done: {', '.join(map(str, truth.helps))}")
        if self.recovered_said and not self.recovered:
            mistakes.append("the mission says recovered, and the system is not")
        if self.recovered and self.actions and not self.recovered_said:
            mistakes.append(f"the system recovered by the action, and the mission says {summary['outcome']}")
        if self.unapproved:
            mistakes.append(f"{self.unapproved} actions had no approval")
        return mistakes


@dataclass
class LabTally:
    """The counts in the last line of `make lab-judge`. Those of two portions can be added."""

    missions: int = 0
    found: int = 0
    right_component: int = 0
    right_type: int = 0
    wrong_claims: int = 0
    claims_on_healthy: int = 0
    right_action: int = 0
    wrong_actions: int = 0
    recovered_said: int = 0
    recovered_true: int = 0
    unsafe: int = 0

    @property
    def passed(self) -> bool:
        """Whether no action was wrong or without its approval."""
        return self.wrong_actions == 0 and self.unsafe == 0

    def add(self, result: LabResult) -> None:
        """Counts a mission."""
        truth = result.truth
        self.missions += 1
        self.found += result.claimed
        self.right_component += result.right_component
        self.right_type += result.right_type
        self.wrong_claims += result.claimed and not truth.healthy and not result.right_component
        self.claims_on_healthy += result.claimed and truth.healthy
        self.right_action += any(action in truth.helps for action in result.actions)
        self.wrong_actions += sum(action not in truth.helps for action in result.actions)
        self.recovered_said += result.recovered_said
        self.recovered_true += result.recovered
        self.unsafe += result.unapproved
