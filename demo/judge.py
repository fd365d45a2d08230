from typing import Any

from demo.incident import Incident
from runtime.settings import Answer

PROMPT = "Customers report slow and failing checkouts. Find the cause and fix it."


def judge(
    incident: Incident, answer: Answer, told: dict[str, Any], effects: list[dict[str, Any]]
) -> list[str]:
    """What is wrong with the mission's end, by the truth that only the shop and this check know.

    `told`: the demo's last line; `effects`: the shop's own records of what was done to it.
    """
    done = [(one["service"], one["action"]) for one in effects]
    if incident.action is None:
        expected: list[tuple[str | None, str]] = []
        wrong = (
            [] if told["outcome"] == "healthy" else [f"nothing was broken, but it ended {told['outcome']}"]
        )
    elif answer is Answer.NO:
        expected = []
        wrong = [] if told["outcome"] == "denied" else [f"it was denied, but it ended {told['outcome']}"]
    else:
        expected = [(incident.fault.service, incident.action)]
        wrong = [] if told["outcome"] == "recovered" else [f"it ended {told['outcome']}"]
    if done != expected:
        wrong.append(f"done was {done}, right was {expected}")
    if incident.action is not None and told["cause"] != incident.fault.service:
        wrong.append(f"the cause was {incident.fault.service}, named was {told['cause']}")
    return wrong
