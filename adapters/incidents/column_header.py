"""What a column's header says about its series: a name, a selector, a query, a unit."""

import re
from dataclasses import dataclass, field

from adapters.incidents.selector_text import parse_selector
from semantics.units import normalized_unit

_UNIT = re.compile(
    r"^(?P<name>.*\S)\s*(?:\((?P<a>[^()]{1,20})\)|\[(?P<b>[^\[\]]{1,20})\]|\s+in\s+(?P<c>\S{1,12}))$"
)
_UNNAMED = re.compile(r"(?i)(?:value|field|series|metric)s?\s*#?[a-z0-9]?|[a-z]-series|#?[a-z]|")
_QUERY = re.compile(r"\w\s*\(.*\)|\{.*[=~:].*\}", re.DOTALL)


@dataclass(frozen=True)
class ColumnHeader:
    """`metric` is "" where the header is a product's placeholder such as "Value #A"."""

    metric: str
    labels: dict[str, str] = field(default_factory=dict)
    expression: str = ""
    unit: str = ""


def parse_header(text: str) -> ColumnHeader:
    """The parts of one header cell."""
    text = text.strip()
    if selector := parse_selector(text):
        return ColumnHeader(selector.name, selector.labels)
    unit = ""
    if (match := _UNIT.match(text)) and (
        unit := normalized_unit(match["a"] or match["b"] or match["c"] or "")
    ):
        text = match["name"]
    if selector := parse_selector(text):
        return ColumnHeader(selector.name, selector.labels, unit=unit)
    if _QUERY.search(text):
        return ColumnHeader(text, expression=text, unit=unit)
    if _UNNAMED.fullmatch(text):
        return ColumnHeader("", unit=unit)
    return ColumnHeader(text, unit=unit)
