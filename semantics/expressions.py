"""Reads expressions of the query languages that are known here."""

import re
from collections.abc import Callable, Iterator

from semantics.cloudwatch import looks_like_cloudwatch, parse_cloudwatch
from semantics.datadog import datadog_queries, looks_like_datadog, parse_datadog
from semantics.documents import parse_document_search
from semantics.influxql import looks_like_influxql, parse_influxql
from semantics.logql import LOG_LINES, UNWRAPPED, looks_like_logql, parse_logql
from semantics.placeholders import VARIABLE
from semantics.promql import parse_promql
from semantics.syntax import (
    Aggregation,
    BinaryOperation,
    Expression,
    FunctionCall,
    SeriesSelector,
    Subquery,
    UnreadableExpressionError,
)

DOCUMENT_PRODUCTS = frozenset({"elasticsearch", "opensearch", "opensearch-dashboards", "kibana"})
"""Products whose expressions search documents."""
_LANGUAGES = DOCUMENT_PRODUCTS | {"prometheus", "loki", "datadog"}
_PLAIN = re.compile(r"[\w.:%\-/ ]+")
_STAND_INS = (LOG_LINES, UNWRAPPED, VARIABLE)


def read_expression(text: str, product: str = "") -> Expression | None:
    """The tree of the text; a plain name is a selector; None if it cannot be read.

    `product` answers the expression, and so tells its language; "" if that is unknown.
    """
    for reader in _readers(text, product):
        try:
            return reader(text)
        except UnreadableExpressionError:
            continue
    return SeriesSelector(text) if _PLAIN.fullmatch(text) else None


def unreadable_reason(text: str, product: str) -> str:
    """Why an expression cannot be read; "" if it can, and for a product whose language is not known here."""
    if product not in _LANGUAGES:
        return ""
    reason = ""
    for reader in _readers(text, product):
        try:
            reader(text)
        except UnreadableExpressionError as error:
            reason = reason or str(error)
        else:
            return ""
    return reason


def queries_of(text: str, product: str) -> tuple[str, ...]:
    """The queries in one text; only Datadog's may hold several, with commas between them."""
    if product == "datadog":
        return datadog_queries(text)
    return (text,) if text.strip() else ()


def selected_metric(text: str, product: str = "") -> str:
    """The name of the only metric that the expression selects; "" where it selects none or several."""
    tree = read_expression(text.strip(), product) if text.strip() else None
    names = set(_metrics(tree)) if tree is not None else set()
    name = names.pop() if len(names) == 1 else ""
    return "" if name.startswith(_STAND_INS) else name


def _readers(text: str, product: str) -> list[Callable[[str], Expression]]:
    if product in DOCUMENT_PRODUCTS:
        return [parse_document_search]
    readers: list[Callable[[str], Expression]] = [parse_promql]
    if looks_like_logql(text):
        readers.insert(0, parse_logql)
    if looks_like_datadog(text):
        readers.insert(0, parse_datadog)
    if looks_like_cloudwatch(text):
        readers.insert(0, parse_cloudwatch)
    elif looks_like_influxql(text):
        readers.insert(0, parse_influxql)
    return readers


def _metrics(tree: Expression) -> Iterator[str]:
    match tree:
        case SeriesSelector():
            yield tree.metric
        case FunctionCall():
            for argument in tree.arguments:
                yield from _metrics(argument)
        case Aggregation() | Subquery():
            yield from _metrics(tree.operand)
        case BinaryOperation():
            yield from _metrics(tree.left)
            yield from _metrics(tree.right)
        case _:
            return
