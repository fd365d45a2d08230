"""Datadog's metric queries, by an own reading: they become PromQL, whose parser reads the arithmetic."""

import re

from semantics.promql import parse_promql
from semantics.syntax import Expression, UnreadableExpressionError

_QUERY = re.compile(
    r"(?P<aggregator>sum|avg|max|min|count|p\d{2,3}):(?P<metric>[a-zA-Z][\w.]*)\{(?P<scope>[^{}]*)\}"
    r"(?:\s*by\s*\{(?P<by>[^{}]*)\})?(?P<functions>(?:\.\w+\([^()]*\))*)"
)
_BETWEEN = re.compile(r",(?![^{]*\})(?![^(]*\))")
"""The commas between queries, which are outside braces and brackets."""
_TAG = re.compile(r"^\s*(!?)([\w.-]+):(.*?)\s*$")


def looks_like_datadog(expression: str) -> bool:
    """Whether it has a part such as `avg:system.load.1{*}`."""
    return _QUERY.search(expression) is not None


def datadog_queries(text: str) -> tuple[str, ...]:
    """The queries in a text that may hold several."""
    return tuple(part.strip() for part in _BETWEEN.split(text) if part.strip())


def parse_datadog(expression: str) -> Expression:
    """The tree of the expression; raises UnreadableExpressionError if a part of it is not understood."""
    if not looks_like_datadog(expression):
        raise UnreadableExpressionError("it has no query such as avg:system.load.1{*}")
    return parse_promql(_QUERY.sub(_promql, expression))


def _promql(match: re.Match[str]) -> str:
    matchers = [f'"{match["metric"]}"', *_matchers(match["scope"])]
    selector = f"{{{', '.join(matchers)}}}"
    functions = match["functions"]
    if ".as_rate(" in functions or ".per_second(" in functions:
        selector = f"rate({selector}[7919ms])"
    elif ".as_count(" in functions:
        selector = f"increase({selector}[7919ms])"
    labels = ", ".join(
        re.sub(r"\W", "_", label.strip()) for label in (match["by"] or "").split(",") if label.strip()
    )
    aggregator = match["aggregator"]
    if aggregator.startswith("p"):
        return f"quantile by ({labels}) (0.{aggregator[1:]}, {selector})"
    return f"{aggregator} by ({labels}) ({selector})"


def _matchers(scope: str) -> list[str]:
    found_tags = (_TAG.match(part) for part in scope.split(","))
    return [
        f'{re.sub(r"[^a-zA-Z0-9_]", "_", tag[2])}{_operator(tag)}"{tag[3].replace("*", ".*")}"'
        for tag in found_tags
        if tag
    ]


def _operator(tag: re.Match[str]) -> str:
    pattern = "*" in tag[3]
    return ("!~" if pattern else "!=") if tag[1] else ("=~" if pattern else "=")
