"""Evaluates an expression's tree: what does its result measure?"""

from collections.abc import Mapping
from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.aggregations import aggregated
from semantics.arithmetic import operation
from semantics.catalog import lookup
from semantics.failures import RequestSelection, selection_of
from semantics.functions import call
from semantics.logql import LOG_LINES, UNWRAPPED
from semantics.meaning import MeaningBasis, MetricType, Resource
from semantics.quantity import Quantity, longest
from semantics.recording_rules import recorded, recorded_seconds
from semantics.selectors import quantity_of
from semantics.syntax import (
    Aggregation,
    BinaryOperation,
    Expression,
    FunctionCall,
    NumberConstant,
    SeriesSelector,
    Subquery,
    TextConstant,
)
from semantics.words import read_words

_BYTES_OF_LOGS = {"bytes_rate": "bytes/s", "bytes_over_time": "bytes"}


def evaluated(expression: Expression, labels: Mapping[str, str]) -> Quantity:
    """What the expression's result measures. `labels` are those of the series that is asked about."""
    match expression:
        case SeriesSelector():
            return _selected(expression, labels)
        case FunctionCall():
            return _called(expression, labels)
        case Aggregation():
            return _aggregated(expression, labels)
        case BinaryOperation():
            return operation(
                expression.operator,
                evaluated(expression.left, labels),
                evaluated(expression.right, labels),
                returns_bool=expression.returns_bool,
            )
        case Subquery():
            inner = evaluated(expression.operand, labels)
            return replace(
                inner,
                range_seconds=longest(inner.range_seconds, expression.range_seconds),
                step_seconds=expression.step_seconds,
                offset_seconds=inner.offset_seconds or expression.offset_seconds,
            )
        case NumberConstant():
            return Quantity(number=expression.value)
        case TextConstant():
            return Quantity(number=0.0)


def _selected(selector: SeriesSelector, labels: Mapping[str, str]) -> Quantity:
    if selector.metric == LOG_LINES:
        return _log_lines(selector)
    if selector.metric.startswith(UNWRAPPED):
        return _unwrapped(selector)
    rule = recorded(selector) if ":" in selector.metric and lookup(selector.metric) is None else None
    if rule is not None and selector.range_seconds is None:
        quantity = evaluated(rule, labels)
        if not quantity.is_unknown:
            return replace(quantity, selectors=(selector,))
    quantity = quantity_of(selector, labels)
    seconds = recorded_seconds(selector.metric)
    return replace(quantity, range_seconds=longest(quantity.range_seconds, seconds))


def _log_lines(selector: SeriesSelector) -> Quantity:
    failed = selection_of(selector.matchers) is RequestSelection.FAILED
    return Quantity(
        metric="log lines",
        role=MeasuredRole.ERRORS if failed else MeasuredRole.TRAFFIC,
        basis=MeaningBasis.EXPRESSION,
        unit="errors" if failed else "count",
        unit_basis=MeaningBasis.EXPRESSION,
        type=MetricType.COUNTER,
        selection=RequestSelection.FAILED if failed else RequestSelection.ALL,
        range_seconds=selector.range_seconds,
        notes=frozenset({"log"}),
        members=frozenset({"log lines"}),
        measures="lines of a log",
        resource=Resource.LOGS,
        selectors=(selector,),
    )


def _unwrapped(selector: SeriesSelector) -> Quantity:
    """A number in each line, such as `| unwrap duration_ms`, whose name may say what it is."""
    reading = read_words(selector.metric.removeprefix(f"{UNWRAPPED}_"))
    readable = reading.role is not MeasuredRole.UNKNOWN
    return Quantity(
        metric=selector.metric.removeprefix(f"{UNWRAPPED}_"),
        role=reading.role,
        basis=MeaningBasis.NAME if readable else MeaningBasis.UNKNOWN,
        unit=reading.unit,
        unit_basis=MeaningBasis.NAME if reading.unit else MeaningBasis.UNKNOWN,
        type=MetricType.GAUGE,
        range_seconds=selector.range_seconds,
        resource=reading.resource,
        side=reading.side,
        selectors=(selector,),
    )


def _called(expression: FunctionCall, labels: Mapping[str, str]) -> Quantity:
    arguments = [evaluated(argument, labels) for argument in expression.arguments]
    result = call(expression.function, arguments)
    if expression.function in _BYTES_OF_LOGS:
        unit = _BYTES_OF_LOGS[expression.function]
        result = replace(
            result, role=MeasuredRole.TRAFFIC, unit=unit, statistic="rate" if "/" in unit else "sum"
        )
    return result


def _aggregated(expression: Aggregation, labels: Mapping[str, str]) -> Quantity:
    operand = evaluated(expression.operand, labels)
    parameter = None if expression.parameter is None else evaluated(expression.parameter, labels)
    return aggregated(expression.operator, operand, parameter, expression.by)
