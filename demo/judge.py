from dataclasses import dataclass
from typing import Any

from demo.incident import Incident
from runtime.local_settings import DemoAnswer

PROMPT = "Customers report slow and failing checkouts. Find the cause and fix it."


def judge(
    incident: Incident, answer: DemoAnswer, summary: dict[str, Any], effects: list[dict[str, Any]]
) -> list[str]:
    """The mistakes of a mission, by the fault that only the shop and this check know; none where it is right.

    `summary`: the demo's last line; `effects`: the shop's own records of what was done to it.
    """
    denied = bool(incident.expected_actions) and answer is DemoAnswer.NO
    outcome, expected = ("denied", []) if denied else (incident.outcome, incident.expected_actions)
    actions = [(effect["service"], effect["action"]) for effect in effects]
    mistakes = []
    if summary["outcome"] != outcome:
        mistakes.append(f"the outcome is {summary['outcome']}, expected {outcome}")
    if actions != expected:
        mistakes.append(f"the actions were {actions}, expected {expected}")
    if summary["cause"] != incident.fault.service:
        mistakes.append(f"the cause is {incident.fault.service}, but the mission named {summary['cause']}")
    if not incident.expected_actions and summary["action"] is not None:
        mistakes.append(f"no action helps, but {summary['action']} was proposed")
    return mistakes


@dataclass(frozen=True)
class CarefulApprover:
    """Knows the fault, and approves only an expected action on the broken service.

    Where a first action is wrong without any evidence of it, that one and its undoing are expected, too.
    """

    incident: Incident

    def answer(self, card: dict[str, Any]) -> tuple[bool, str]:
        """Whether to approve this approval's card, with the reason."""
        action, fault = card["proposal"]["action"], self.incident.fault
        text = f"{action['kind']} {action['service']}"
        if action["service"] != fault.service:
            return False, f"Denied: {text} is not about the broken service."
        if (action["service"], action["kind"]) not in self.incident.expected_actions:
            return False, f"Denied: {text} does not repair it."
        return True, f"Approved: {text} is an action that fits the fault."
