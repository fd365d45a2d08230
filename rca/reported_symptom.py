"""The symptom that a person or an alert reported, read from a sentence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rca.signals import SYMPTOMS, Signal, signal_of
from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription


@dataclass(frozen=True)
class ReportedSymptom:
    """A service and the metric that showed the symptom ("" where it is not known)."""

    service: str
    metric: str = ""

    @property
    def signal(self) -> Signal | None:
        """Latency or errors; None where the report does not say."""
        signal = signal_of(meaning_of(SeriesDescription(metric=self.metric)), self.metric, {})
        return signal if signal in SYMPTOMS else None


_SLOW = ("slow", "latency", "timeout", "time out", "hang", "wait")
_FAILING = ("fail", "error", "unavailab", "broken", "5xx", "500", "503")


def reported_symptom(text: str, services: Iterable[str]) -> ReportedSymptom | None:
    """The longest service name in a sentence, and whether it is slow or failing; None without a name."""
    text = text.casefold()
    named = (name for name in services if name and _is_word(name.casefold(), text))
    service = max(named, key=len, default=None)
    if service is None:
        return None
    slow, failing = (any(word in text for word in words) for words in (_SLOW, _FAILING))
    return ReportedSymptom(service, "" if slow == failing else "latency" if slow else "errors")


def _is_word(name: str, text: str) -> bool:
    """Whether the text holds the name as a whole word: "checkouts" does not name "checkout"."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None
