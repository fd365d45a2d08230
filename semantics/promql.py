"""PromQL, read by `promql_parser`; the parts of its tree that have no types are typed here."""

import re
from datetime import timedelta
from functools import lru_cache

import promql_parser as library

from semantics.placeholders import RANGE_SECONDS, without_variables
from semantics.syntax import (
    Aggregation,
    BinaryOperation,
    Expression,
    FunctionCall,
    LabelMatcher,
    NumberConstant,
    SeriesSelector,
    Subquery,
    TextConstant,
    UnreadableExpressionError,
)

_MATCH = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
_ROLLUPS = (  # of MetricsQL and LogQL: functions of a range that PromQL does not have
    *(
        "rollup_rate",
        "rollup_increase",
        "median_over_time",
        "increase_pure",
        "rate_over_sum",
        "distinct_over_time",
    ),
    *(
        "range_over_time",
        "first_over_time",
        "bytes_rate",
        "bytes_over_time",
        "rate_counter",
        "default_rollup",
    ),
)
_INSTANT = (
    "keep_last_value",
    "interpolate",
    "remove_resets",
    "running_sum",
    "running_avg",
    "range_avg",
    "unwrap",
)


def _register() -> None:
    matrix, vector = library.ValueType.Matrix, library.ValueType.Vector
    library.register_extra_functions(
        [library.Function(name, [matrix], vector) for name in _ROLLUPS if name not in _known()]
        + [library.Function(name, [vector], vector) for name in _INSTANT]
    )


def _known() -> frozenset[str]:
    functions = set()
    for name in _ROLLUPS:
        try:
            library.parse(f"{name}(x[1m])")
        except ValueError:
            continue
        functions.add(name)
    return frozenset(functions)


@lru_cache(maxsize=4096)
def parse_promql(expression: str) -> Expression:
    """The tree of the expression; raises UnreadableExpressionError with the parser's reason."""
    _register_once()
    reason = "it is empty"
    for candidate in without_variables(expression):
        for text in (candidate, _with_ranges(candidate)):
            try:
                return _converted(library.parse(text))
            except RecursionError as error:
                raise UnreadableExpressionError("it is too deep") from error
            except ValueError as error:
                reason = str(error)
    raise UnreadableExpressionError(reason)


@lru_cache(maxsize=1)
def _register_once() -> None:
    _register()


def _with_ranges(expression: str) -> str:
    """MetricsQL allows `rate(x)` without a range."""
    return re.sub(
        r"\b(rate|increase|irate|delta|\w+_over_time)\(\s*([a-zA-Z_:][\w:]*(?:\{[^{}]*\})?)\s*\)",
        r"\1(\2[7919ms])",
        expression,
    )


def _seconds(duration: timedelta | None) -> float | None:
    if duration is None:
        return None
    seconds = duration.total_seconds()
    return 0.0 if seconds == RANGE_SECONDS else seconds


def _offset(duration: timedelta | None) -> float:
    return 0.0 if duration is None else duration.total_seconds()


def _selector(node: library.VectorSelector, duration: timedelta | None = None) -> SeriesSelector:
    matchers = tuple(
        LabelMatcher(matcher.name, _MATCH[str(matcher.op).rpartition(".")[2]], matcher.value)
        for matcher in node.matchers.matchers
    )
    named = next((each.value for each in matchers if each.label == "__name__" and each.operator == "="), "")
    return SeriesSelector(
        metric=node.name or named,
        matchers=tuple(matcher for matcher in matchers if matcher.label != "__name__" or not named),
        range_seconds=_seconds(duration),
        offset_seconds=_offset(node.offset),
    )


def _aggregation(node: library.AggregateExpr) -> Aggregation:
    labels = None if node.modifier is None else tuple(node.modifier.labels)
    by = node.modifier is not None and str(node.modifier.type).endswith("By")
    return Aggregation(
        operator=str(node.op),
        operand=_converted(node.expr),
        parameter=None if node.param is None else _converted(node.param),
        by=(labels if by else () if labels is None else None),
        without=None if by else labels,
    )


def _converted(node: object) -> Expression:
    match node:
        case library.ParenExpr():
            return _converted(node.expr)
        case library.UnaryExpr():
            return FunctionCall("negative", (_converted(node.expr),))
        case library.SubqueryExpr():
            return Subquery(
                _converted(node.expr), _seconds(node.range), _seconds(node.step), _offset(node.offset)
            )
        case library.Call():
            return FunctionCall(node.func.name, tuple(_converted(argument) for argument in node.args))
        case library.AggregateExpr():
            return _aggregation(node)
        case library.BinaryExpr():
            returns_bool = node.modifier is not None and node.modifier.return_bool
            return BinaryOperation(str(node.op), _converted(node.lhs), _converted(node.rhs), returns_bool)
        case _:
            return _leaf(node)


def _leaf(node: object) -> Expression:
    match node:
        case library.VectorSelector():
            return _selector(node)
        case library.MatrixSelector():
            return _selector(node.vector_selector, node.range)
        case library.NumberLiteral():
            return NumberConstant(node.val)
        case library.StringLiteral():
            return TextConstant(node.val)
        case _:
            raise UnreadableExpressionError(f"{type(node).__name__} is unknown")
