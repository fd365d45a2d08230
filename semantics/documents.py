"""Searches of documents: filters in Lucene's syntax or KQL, and the formulas of Kibana's Lens.

`average(duration, kql='outcome: failure')` is a formula; a filter alone counts documents. Both become PromQL,
whose parser reads the arithmetic: fields become metrics, and the conditions of filters become matchers.
"""

import re

from semantics.filters import UnreadableFilterError, filter_matchers
from semantics.logql import LOG_LINES
from semantics.placeholders import RANGE
from semantics.promql import parse_promql
from semantics.syntax import Expression, UnreadableExpressionError

_STRING = r"'(?:\\.|[^'\\])*'"
_CALL = re.compile(
    rf"(?P<function>count|unique_count|average|avg|sum|min|max|median|last_value|percentile|counter_rate)"
    rf"\(\s*(?:(?P<field>[\w@.\-]+|\"[^\"]+\")(?=\s*[,)]))?\s*(?P<options>(?:,?\s*\w+\s*=\s*(?:{_STRING}|[\d.]+)\s*)*)\)"
)
_OPTION = re.compile(rf"(\w+)\s*=\s*({_STRING}|[\d.]+)")
_AGGREGATIONS = {
    "average": "avg",
    "avg": "avg",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "last_value": "max",
}


def parse_document_search(text: str) -> Expression:
    """The tree of a formula or a filter; raises UnreadableExpressionError if it is neither."""
    try:
        if not _CALL.match(text.strip()):
            return parse_promql(_counted(filter_matchers(text)))
        return parse_promql(_CALL.sub(_promql, text))
    except UnreadableFilterError as error:
        raise UnreadableExpressionError(str(error)) from error


def _promql(match: re.Match[str]) -> str:
    options = {
        name: value.strip("'").replace("\\'", "'") for name, value in _OPTION.findall(match["options"])
    }
    matchers = filter_matchers(options.get("kql") or options.get("lucene") or "")
    function, field = match["function"], (match["field"] or "").strip('"')
    if function == "count" or not field:
        return _counted(matchers)
    selector = "{" + ", ".join([f'"{field}"', *matchers]) + "}"
    match function:
        case "percentile":
            share = float(options.get("percentile", "95")) / 100
            return f"quantile({share:g}, {selector})"
        case "median":
            return f"quantile(0.5, {selector})"
        case "unique_count":
            return f"count({selector})"
        case "counter_rate":
            return f"rate({selector}[{RANGE}])"
        case _:
            return f"{_AGGREGATIONS.get(function, function)}({selector})"


def _counted(matchers: list[str]) -> str:
    """The number of documents in each interval, whose length the expression does not say."""
    return f"count_over_time({LOG_LINES}{{{', '.join(matchers)}}}[{RANGE}])"
