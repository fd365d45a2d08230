"""`name{label="value"}`: the part of PromQL and LogQL that the shop supports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

_WHOLE: Final = re.compile(r"\s*([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?\s*", re.DOTALL)
_MATCHER: Final = re.compile(r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\])*)"\s*(?:,|$)')
# Alternations of plain words only: a client's pattern is never run as a regular expression.
_ALTERNATION: Final = re.compile(r"[\w-]+(?:\|[\w-]+)*")
_ANYTHING: Final = {".+", ".*"}


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label; `values` None matches anything."""

    label: str
    negated: bool
    values: frozenset[str] | None

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels meet the condition."""
        return self.negated != (self.values is None or labels.get(self.label, "") in self.values)


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric name (None in a log query) and the conditions on labels."""

    name: str | None
    matchers: tuple[Matcher, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a selector. ValueError with one sentence for anything else."""
        match = _WHOLE.fullmatch(text)
        if match is None or not text.strip():
            raise ValueError(f"not a selector: {text!r}")
        name, inside = match.groups()
        matchers = []
        position = 0
        while inside and inside[position:].strip():
            matcher = _MATCHER.match(inside, position)
            if matcher is None:
                raise ValueError(f"not a label matcher: {inside[position:]!r}")
            matchers.append(_matcher(*matcher.groups()))
            position = matcher.end()
        return cls(name, tuple(matchers))

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether all conditions hold."""
        return all(matcher.holds(labels) for matcher in self.matchers)


def _matcher(label: str, operator: str, value: str) -> Matcher:
    negated = operator.startswith("!")
    if not operator.endswith("~"):
        return Matcher(label, negated, frozenset({value}))
    if value in _ANYTHING:
        return Matcher(label, negated, None)
    if not _ALTERNATION.fullmatch(value):
        raise ValueError(f"only alternations of plain words are supported, not {value!r}")
    return Matcher(label, negated, frozenset(value.split("|")))
