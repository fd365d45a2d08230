"""Names with labels as products print them: `name{label="value"}`, `avg:name{tag:value}`, `key:value,…`."""

import re
from dataclasses import dataclass, field

_SELECTOR = re.compile(r"(?P<name>[^{}()\s]*)\s*\{(?P<labels>.*)\}", re.DOTALL)
_PAIR = re.compile(
    r"""\s*(?P<label>[\w.:/-]+|"(?:[^"\\]|\\.)*")\s*=\s*(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)\s*(?:,|$)"""
)
_QUOTED_NAME = re.compile(r"""\s*"(?P<name>(?:[^"\\]|\\.)*)"\s*(?:,|$)""")
_BARE_PAIR = re.compile(r"""\s*(?P<label>[\w.\-/]+)\s*[=:](?P<value>[^,{}="']*)(?:,|$)""")
_ESCAPE = re.compile(r"\\(.)")
_LONGEST = 8_000
_MAX_LABELS = 100


@dataclass(frozen=True)
class LabelledName:
    """A metric's name with the labels of one series."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)


def parse_selector(text: str) -> LabelledName | None:
    """The parts of `name{…}`; None for what is not of this form."""
    match = _SELECTOR.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        return None
    name, body = match["name"], match["labels"].strip()
    if quoted := _QUOTED_NAME.match(body):
        name, body = name or _unescaped(quoted["name"]), body[quoted.end() :]
    labels = _pairs(body, _PAIR)
    if labels is None:
        labels = tags_of(body)
    if labels is None:
        return None
    name = labels.pop("__name__", "") or name
    return LabelledName(re.sub(r"^(?:avg|sum|min|max|count|p\d\d):", "", name), labels)


def tags_of(text: str) -> dict[str, str] | None:
    """The labels of `key:value,key:value` or `key=value, …`; None for any other text."""
    if text.strip() in {"", "*"}:
        return {}
    return _pairs(text, _BARE_PAIR)


def _pairs(text: str, pattern: re.Pattern[str]) -> dict[str, str] | None:
    labels: dict[str, str] = {}
    at = 0
    text = text.strip()
    while at < len(text):
        match = pattern.match(text, at)
        if match is None or match.end() == at or len(labels) >= _MAX_LABELS:
            return None
        labels[match["label"].strip('"')] = (
            _unescaped(match["value"]) if "quote" in match.groupdict() else match["value"].strip()
        )
        at = match.end()
    return labels


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)
