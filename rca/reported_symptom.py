"""The symptom that a person or an alert reported, read from a sentence."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from missions.identities.entities import SCOPES
from missions.identities.spelling import comparison_key
from missions.identities.table import IdentityTable
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


def renamed_report(
    reported: ReportedSymptom | None, services: Iterable[str], identities: IdentityTable | None
) -> ReportedSymptom | None:
    """The report about the service that its name stands for; unchanged where it is one of the services."""
    if reported is None or identities is None or reported.service in services:
        return reported
    entities = identities.services_named(reported.service)
    return ReportedSymptom(entities[0], reported.metric) if len(entities) == 1 else reported


_SLOW = ("slow", "latency", "timeout", "time out", "hang", "wait")
_FAILING = ("fail", "error", "unavailab", "broken", "5xx", "500", "503")
_RUN = re.compile(r"[\w-]+(?:[./:@|][\w-]+)*")
_WORD = re.compile(r"[\w-]+")
_PLURALS = ("es", "s")


def reported_symptom(
    text: str, services: Iterable[str], identities: IdentityTable | None = None
) -> ReportedSymptom | None:
    """The service that a sentence names, and whether it is slow or failing; None without a service.

    With `identities` the name may also be an alias or that of a pod, a workload or an address. The longest
    name counts; a plural counts where no name is written as it is. A name that several services have counts
    only with the cluster, environment or namespace of one of them.
    """
    text = comparison_key(text)
    service = _service_in(text, tuple(services), identities)
    if service is None:
        return None
    slow, failing = (any(word in text for word in words) for words in (_SLOW, _FAILING))
    return ReportedSymptom(service, "" if slow == failing else "latency" if slow else "errors")


def _service_in(text: str, services: tuple[str, ...], identities: IdentityTable | None) -> str | None:
    names: dict[str, tuple[str, ...]] = dict(identities.spoken_names) if identities is not None else {}
    for service in services:
        names.setdefault(comparison_key(service), (service,))
    matches = [*_written(text, names)] or [*_derived(text, names, identities)]
    for _, candidates in sorted(matches, key=lambda match: (-len(match[0]), match[0])):
        if len(candidates) == 1:
            return candidates[0]
        if identities is not None and (placed := _placed(text, candidates, identities)) is not None:
            return placed
    return None


def _written(text: str, names: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that the text holds as whole words: "checkouts" does not hold "checkout"."""
    words = {word for run in _RUN.findall(text) for word in (run, *_WORD.findall(run))}
    for name, candidates in names.items():
        if name in words or (
            name
            and _WORD.fullmatch(name) is None
            and name in text
            and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
        ):
            yield name, candidates


def _derived(
    text: str, names: Mapping[str, tuple[str, ...]], identities: IdentityTable | None
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that a word of the text stands for: of a replica that was not seen, or in the plural."""
    for word in dict.fromkeys(_RUN.findall(text)):
        entities = identities.services_named(word) if identities is not None else ()
        for ending in _PLURALS:
            stem = word.removesuffix(ending)
            if not entities and stem != word:
                entities = names.get(stem, ())
        if entities:
            yield word, entities


def _placed(text: str, services: tuple[str, ...], identities: IdentityTable) -> str | None:
    """The one of the services whose place the text names; None if it names none or several."""
    named = [
        service
        for service in services
        if (identity := identities.identities.get(service)) is not None
        and any(
            (place := comparison_key(identity.place(kind)))
            and re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", text)
            for kind in SCOPES
        )
    ]
    return named[0] if len(named) == 1 else None
