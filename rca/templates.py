"""What: kinds of log lines. Lines that differ in numbers, ids and quoted values only are of one kind."""

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

_MASKS = re.compile(
    r"\"[^\"]{0,200}\"|'[^']{0,200}'|0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]+)*\b|(?<![A-Za-z])[\d][\w.:/-]*"
)
_MOST_KINDS = 5_000  # further kinds are one
_MOST_KNOWN = 50_000  # messages whose kind is remembered
_LONGEST = 300
_BAD = frozenset({"error", "err", "critical", "fatal", "severe", "alert", "emergency", "panic"})
_FEW = 3  # lines of a kind that are needed to call it surging
_OWN_ERROR, _OWN_LINE = 2.0, 0.3  # log odds for a service that logs a new kind of error, of line
_MENTIONING = 0.3  # what is left of them where the line names another service
_NAMED = 1.5  # log odds for the service that is named
_SURGE = 4.0  # times as many per second as before


@dataclass
class LineKind:
    """Lines of one service and kind: their times (epoch seconds) and the first of them."""

    service: str
    template: str
    bad: bool
    level: str
    first: str
    id: str
    times: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(frozen=True)
class Surge:
    """A kind that is new since the onset (`before` is 0) or far more frequent; rates in lines per second."""

    kind: LineKind
    at: float
    before: float
    after: float
    mentions: frozenset[str]


class Miner:
    """Sorts lines into kinds, one pass, in bounded memory (eight bytes a line)."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, str], LineKind] = {}
        self._known: dict[str, str] = {}
        self._lines = 0

    def add(self, at: float, service: str, level: str, message: str, name: str = "") -> None:
        """One line; `at` in epoch seconds. Without a name it is known by its place."""
        self._lines += 1
        template = self._known.get(message)
        if template is None:
            template = " ".join(_MASKS.sub("*", message[:_LONGEST]).split())
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[message] = template
        kind = self.kinds.get((service, template))
        if kind is None:
            if len(self.kinds) >= _MOST_KINDS:
                template = "(all other lines)"
                kind = self.kinds.get((service, template))
            if kind is None:
                bad = level.lower() in _BAD
                kind = LineKind(
                    service, template, bad, level, message[:_LONGEST], name or f"log/{self._lines}"
                )
                self.kinds[service, template] = kind
        kind.times.append(at)


def surges(kinds: Iterable[LineKind], onset: float, services: Iterable[str]) -> list[Surge]:
    """Kinds that began or surged at the onset, and which of the services their first line mentions."""
    everything = [kind for kind in kinds if kind.times]
    if not everything:
        return []
    start = min(min(kind.times) for kind in everything)
    end = max(max(kind.times) for kind in everything)
    known = _names(services)
    found = []
    for kind in everything:
        times = np.sort(np.frombuffer(kind.times, dtype=np.float64))
        later = times[np.searchsorted(times, onset) :]
        if not later.size:
            continue
        before = (times.size - later.size) / max(onset - start, 1.0)
        after = later.size / max(end - onset, 1.0)
        enough = 1 if kind.bad else _FEW
        if later.size >= enough and after > _SURGE * before and (before or start < onset):
            mentioned = frozenset(known.findall(kind.first)) - {kind.service} if known else frozenset()
            found.append(Surge(kind, float(later[0]), before, after, mentioned))
    return found


def _names(services: Iterable[str]) -> re.Pattern[str] | None:
    """Finds services that are named as whole words, the longest first: "user-db" is no word about "user"."""
    known = sorted((name for name in services if len(name) > 2), key=len, reverse=True)  # noqa: PLR2004  shorter ones are in every word
    if not known:
        return None
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, known))})(?![\w-])")


def evidence(found: Iterable[Surge]) -> Mapping[str, float]:
    """Log odds by service: errors of its own, or errors of others that name it, speak for it."""
    odds: dict[str, float] = {}
    found = tuple(found)
    passing = {one.kind.service for one in found if one.kind.bad and one.mentions}
    for one in found:
        weight = (_OWN_ERROR if one.kind.bad else _OWN_LINE) * (_MENTIONING if one.mentions else 1.0)
        odds[one.kind.service] = max(odds.get(one.kind.service, 0.0), weight)
        if one.kind.bad:
            for name in one.mentions:
                # Who is named and names others in turn was waiting as well.
                weight = _NAMED * (_MENTIONING if name in passing else 1.0)
                odds[name] = max(odds.get(name, 0.0), weight)
    return odds
