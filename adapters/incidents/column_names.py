"""Splits column names such as `billing_P95LatencyMs` into the service and the metric.

A service that is known from elsewhere is recognised anywhere in the name. Otherwise the words decide where
the metric begins, and the other columns decide where words alone do not. A name that holds words of metrics
only names no service.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.incidents.metric_words import is_metric_word, is_noun, is_qualifier, is_resource
from semantics.catalog import lookup

_CAMEL = re.compile(
    r"[pP]\d{2,3}(?=[A-Z]|$)|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[1-5][xX]{2}|\d+|[^\Wa-zA-Z\d_]+"
)
_EDGE = " _./:|\\-()[]'\","
_PIECES = re.compile(r"[^\s_./:|\\()\[\]'\",\-]+")
_MAX_WORDS = 40
_LONGEST = 1_000


@dataclass(frozen=True)
class ColumnName:
    """The parts of a column's name: `service` is "" where it names none.

    `is_certain` is False where neither words nor other columns say where the metric begins.
    """

    service: str
    metric: str
    is_certain: bool = True


@dataclass(frozen=True)
class _Word:
    """A word in lower case, and where it begins and ends in the name."""

    text: str
    start: int
    end: int


def split_names(names: Sequence[str], services: Iterable[str] = ()) -> list[ColumnName]:
    """The parts of every name, in order; `services` are already known names."""
    by_words = {tuple(word.text for word in _words(service)): service for service in services}
    by_words.pop((), None)
    longest = sorted(by_words, key=len, reverse=True)
    columns = _Columns(names)
    return [_of_service(name, by_words, longest) or columns.split(name) for name in names]


def split_name(name: str, services: Iterable[str] = ()) -> ColumnName:
    """The parts of one name, without other columns to compare it with."""
    return split_names([name], services)[0]


def _of_service(
    name: str, services: dict[tuple[str, ...], str], longest: list[tuple[str, ...]]
) -> ColumnName | None:
    """The name around a known service, which is at its beginning, at its end, or before the metric."""
    words = _words(name)
    texts = tuple(word.text for word in words)
    for position in (_at_start, _at_end, _within):
        for service in longest:
            at = position(texts, service)
            if at is None or len(service) == len(texts):
                continue
            before = name[: words[at].start].strip(_EDGE)
            after = name[words[at + len(service) - 1].end :].strip(_EDGE)
            return ColumnName(services[service], after or before)
    return None


def _at_start(texts: tuple[str, ...], service: tuple[str, ...]) -> int | None:
    return 0 if texts[: len(service)] == service else None


def _at_end(texts: tuple[str, ...], service: tuple[str, ...]) -> int | None:
    at = len(texts) - len(service)
    return at if texts[-len(service) :] == service and is_metric_word(texts[0]) else None


def _within(texts: tuple[str, ...], service: tuple[str, ...]) -> int | None:
    places = range(1, len(texts) - len(service))
    size = len(service)
    return next(
        (at for at in places if texts[at : at + size] == service and is_metric_word(texts[at + size])), None
    )


class _Columns:
    """All columns of a recording: what several share says more than one name."""

    def __init__(self, names: Sequence[str]) -> None:
        self._words = {name: _words(name) for name in dict.fromkeys(names)}
        self._prefixes_of: defaultdict[str, set[str]] = defaultdict(set)
        self._suffixes_of: defaultdict[str, set[str]] = defaultdict(set)
        for words in self._words.values():
            for at in range(1, len(words)):
                self._prefixes_of[_joined(words[at:])].add(_joined(words[:at]))
                self._suffixes_of[_joined(words[:at])].add(_joined(words[at:]))
        places = {name: self._place(name, words) for name, words in self._words.items()}
        self._owners = {_joined(self._words[name][:at]) for name, at in places.items() if at}
        self._places = {name: self._without_qualifiers(name, at) for name, at in places.items()}
        self._metrics = {
            _joined(self._words[name][at:]) for name, at in self._places.items() if at is not None
        }

    def split(self, name: str) -> ColumnName:
        """The parts of one of the names."""
        words, at = self._words[name], self._places[name]
        owner = next((at for at in range(len(words) - 1, 0, -1) if _joined(words[:at]) in self._owners), 0)
        if at:
            return _split(name, words, at)
        if owner:
            return _split(name, words, owner)
        if at == 0:
            at = self._by_analogy(words)
            return _split(name, words, at) if at else ColumnName("", name)
        return self._metric_first(name, words) or self._guess(name, words)

    def _place(self, name: str, words: list[_Word]) -> int | None:
        """Where the metric begins; 0 if the whole name is a metric's, None if no word at its end is."""
        if _is_cataloged(name):
            return 0
        start = len(words)
        while start and (is_metric_word(words[start - 1].text) or is_qualifier(words[start - 1].text)):
            start -= 1
        if start == len(words):
            return None
        return self._after_nouns(words, start) if start else 0

    def _after_nouns(self, words: list[_Word], start: int) -> int:
        """A noun, as "queue", may end the service's name: always before a resource, else if columns agree."""
        places = [start]
        while places[-1] < len(words) - 1 and is_noun(words[places[-1]].text):
            places.append(places[-1] + 1)
        if len(places) > 1 and is_resource(words[places[-1]].text):
            return places[-1]
        return max(places, key=lambda at: (self._support(words, at), -at))

    def _support(self, words: list[_Word], at: int) -> int:
        return len(self._prefixes_of[_joined(words[at:])]) * len(self._suffixes_of[_joined(words[:at])])

    def _without_qualifiers(self, name: str, at: int | None) -> int | None:
        """Moves qualifiers ("node") from the service's end to the metric, if the rest is a service."""
        words = self._words[name]
        place = at
        while place and place > 1 and is_qualifier(words[place - 1].text, weak=True):
            place -= 1
            if _joined(words[:place]) in self._owners:
                return place
        return at

    def _by_analogy(self, words: list[_Word]) -> int:
        """Where a service is named like a metric, as "queue", but has several metrics of other services."""
        for at in range(1, len(words)):
            shared = self._suffixes_of[_joined(words[:at])] & self._metrics
            if all(is_noun(word.text) for word in words[:at]) and len(shared) > 1:
                return at
        return 0

    def _metric_first(self, name: str, words: list[_Word]) -> ColumnName | None:
        """As "latency_p95_billing", if other columns have the metric or the service, too."""
        at = 0
        while at < len(words) and (is_metric_word(words[at].text) or is_qualifier(words[at].text)):
            at += 1
        if not 0 < at < len(words):
            return None
        metric, service = _joined(words[:at]), _joined(words[at:])
        if len(self._suffixes_of[metric]) == 1 and len(self._prefixes_of[service]) == 1:
            return None
        return ColumnName(name[words[at].start :], name[: words[at - 1].end])

    def _guess(self, name: str, words: list[_Word]) -> ColumnName:
        """Without a word that metrics have: by what columns share, else the last word is the metric."""
        if len(words) < 2:  # noqa: PLR2004  two parts
            return ColumnName("", name, is_certain=False)
        at = max(range(1, len(words)), key=lambda at: (self._support(words, at), at))
        others = len(self._prefixes_of[_joined(words[at:])]), len(self._suffixes_of[_joined(words[:at])])
        shared = min(others) > 1
        if not shared and all(is_metric_word(word.text) for word in words[:-1]):
            return ColumnName("", name, is_certain=False)
        return _split(name, words, at if shared else len(words) - 1, is_certain=shared)


def _is_cataloged(name: str) -> bool:
    """Whether the whole name is that of a published metric, without a service before it."""
    match = lookup(name)
    if match is None:
        return False
    published = _letters(match.metric.name.partition("*")[0])
    return bool(published) and _letters(name).startswith(published)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _split(name: str, words: list[_Word], at: int, *, is_certain: bool = True) -> ColumnName:
    service, metric = name[: words[at - 1].end], name[words[at].start : words[-1].end]
    return ColumnName(service.lstrip(_EDGE), metric, is_certain)


def _joined(words: Iterable[_Word]) -> str:
    return "_".join(word.text for word in words)


def _words(name: str) -> list[_Word]:
    """The words of a name, at most 40; none of a name that is too long for one.

    Separators split it; capitals do where there are none, and in pieces such as `P95LatencyMs` that hold
    words of metrics only.
    """
    if len(name) > _LONGEST:
        return []
    pieces = [(match[0], match.start()) for match in _PIECES.finditer(name)][:_MAX_WORDS]
    words: list[_Word] = []
    for piece, start in pieces:
        parts = list(_CAMEL.finditer(piece))
        compound = len(parts) > 1 and (
            len(pieces) == 1 or all(is_metric_word(part[0].lower()) for part in parts)
        )
        if compound and sum(part.end() - part.start() for part in parts) == len(piece):
            words += [_Word(part[0].lower(), start + part.start(), start + part.end()) for part in parts]
        else:
            words.append(_Word(piece.lower(), start, start + len(piece)))
    return words[:_MAX_WORDS]
