import re
from collections.abc import Iterable
from dataclasses import dataclass

from rca.roles import SYMPTOMS, SeriesRole, role_of


@dataclass(frozen=True)
class Focus:
    """What was complained about: a service, and the metric that showed it ("" where that is not known)."""

    service: str
    metric: str = ""

    @property
    def role(self) -> SeriesRole | None:
        """Whether it is slow or failing; None where that was not said."""
        found = role_of(self.metric)
        return found if found in SYMPTOMS else None


_SLOW = ("slow", "latency", "timeout", "time out", "hang", "wait")
_FAILING = ("fail", "error", "unavailab", "broken", "5xx", "500", "503")


def _names(name: str, text: str) -> bool:
    """Whether a name is a word of the text: "checkouts" are no service "checkout"."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def focus_of(symptom: str, services: Iterable[str]) -> Focus | None:
    """What a sentence complains about: the longest service name in it, and whether it is slow or failing."""
    text = symptom.casefold()
    named = max((one for one in services if one and _names(one.casefold(), text)), key=len, default=None)
    if named is None:
        return None
    slow, failing = (any(word in text for word in words) for words in (_SLOW, _FAILING))
    return Focus(named, "" if slow == failing else "latency" if slow else "errors")
