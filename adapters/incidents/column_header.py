"""What a column's header says about its series: a name, a selector, a query, a unit."""

import re
from dataclasses import dataclass, field

from adapters.incidents.selector_text import parse_selector
from semantics.units import normalized_unit

_UNIT = re.compile(
    r"^(?P<name>.*\S)\s*(?:\((?P<a>[^()]{1,20})\)|\[(?P<b>[^\[\]]{1,20})\]|\s+in\s+(?P<c>\S{1,12}))$"
)
_UNNAMED = re.compile(r"(?i)(?:value|field|series|metric)s?\s*#?[a-z0-9]?|[a-z]-series|#?[a-z]|")
_FUNCTION = re.compile(
    r"(?:\d\s*[-/*]\s*)?\(*(?:sum|avg|min|max|count|quantile|topk|bottomk|rate|irate|increase|delta|deriv|clamp\w*"
    r"|histogram_\w+|label_\w+|\w+_over_time|abs|round|scalar|vector|absent)\b"
)
_LONGEST = 2_000
"""Characters of a header that is more than a name."""


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
    if len(text) > _LONGEST:
        return ColumnHeader(text)
    if selector := parse_selector(text):
        return ColumnHeader(_named(selector.name), selector.labels)
    unit = ""
    if (match := _UNIT.match(text)) and (
        unit := normalized_unit(match["a"] or match["b"] or match["c"] or "")
    ):
        text = match["name"]
    if selector := parse_selector(text):
        return ColumnHeader(_named(selector.name), selector.labels, unit=unit)
    if _is_query(text):
        return ColumnHeader(text, expression=text, unit=unit)
    return ColumnHeader(_named(text), unit=unit)


def _named(text: str) -> str:
    return "" if _UNNAMED.fullmatch(text) else text


def _is_query(text: str) -> bool:
    """Whether the text calls a function, or has matchers in braces."""
    brace, call = text.find("{"), text.find("(")
    matchers = text[brace : text.rfind("}") + 1] if brace >= 0 else ""
    is_call = _FUNCTION.match(text) is not None and 0 <= call < text.rfind(")")
    return is_call or any(sign in matchers for sign in "=~:")
