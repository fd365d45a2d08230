from dataclasses import dataclass
from typing import Any

from demo.incident import Incident
from runtime.local_settings import DemoAnswer

PROMPT = "Customers report slow and failing checkouts. Find the cause and fix it."


def judge(
    incident: Incident, answer: DemoAnswer, told: dict[str, Any], effects: list[dict[str, Any]]
) -> list[str]:
    """What is wrong with the mission's end, by the truth that only the shop and this check know.

    `told`: the demo's last line; `effects`: the shop's own records of what was done to it.
    """
    wrong = []
    refused = bool(incident.deeds) and answer is DemoAnswer.NO
    outcome, expected = ("denied", []) if refused else (incident.outcome, incident.deeds)
    if told["outcome"] != outcome:
        wrong.append(f"right was {outcome}, but it ended {told['outcome']}")
    done = [(one["service"], one["action"]) for one in effects]
    if done != expected:
        wrong.append(f"done was {done}, right was {expected}")
    if told["cause"] != incident.fault.service:
        wrong.append(f"the cause was {incident.fault.service}, named was {told['cause']}")
    if not incident.deeds and told["action"] is not None:
        wrong.append(f"nothing helps, but {told['action']} was proposed")
    return wrong


@dataclass(frozen=True)
class CarefulPerson:
    """Who knows what is broken, and approves what names the right service and an action that fits.

    Where the first action cannot be known to be wrong, that one fits as well, and so does the way back.
    """

    incident: Incident

    def answer(self, card: dict[str, Any]) -> tuple[bool, str]:
        """Yes or no to an approval's card, with the reason."""
        action, fault = card["proposal"]["action"], self.incident.fault
        words = f"{action['kind']} {action['service']}"
        if action["service"] != fault.service:
            return False, f"Denied: {words} does not touch what is broken."
        if (action["service"], action["kind"]) not in self.incident.deeds:
            return False, f"Denied: {words} does not cure what is broken."
        return True, f"Approved: {words} names the right service and an action that fits."
