"""InfluxQL's SELECT of one field, by an own reading: PyPI has no maintained parser of it.

The measurement and the field become a metric's name, as Telegraf's output for Prometheus writes it; the
functions become those of PromQL with the same effect.
"""

import re

from semantics.syntax import (
    Aggregation,
    BinaryOperation,
    Expression,
    FunctionCall,
    LabelMatcher,
    NumberConstant,
    SeriesSelector,
    UnreadableExpressionError,
)

_NAME = r'(?:"(?:[^"\\]|\\.)*"|[\w.$:\[\]{}-]+)'
_SELECT = re.compile(
    rf"(?is)^\s*select\s+(?P<field>.{{1,500}}?)\s+from\s+(?P<source>{_NAME}(?:\.{_NAME}){{0,2}})"
    r"(?:\s+where\s+(?P<where>.*?))?(?:\s+group\s+by\s+.*)?$"
)
_CALL = re.compile(r"(?s)^\s*(\w+)\s*\((.*)\)\s*$")
_CONDITION = re.compile(rf"""({_NAME})\s*(=~|!~|!=|<>|=)\s*('(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)*/)""")
_SCALED = re.compile(r'(?s)^(.*[\w")])\s*([*/+-])\s*(-?\d+(?:\.\d+)?)\s*$')
_ALIAS = re.compile(r'(?is)\s+as\s+(?:"[^"]*"|\w+)\s*$')
_AGGREGATES = {"mean": "avg", "max": "max", "min": "min", "sum": "sum", "count": "count", "median": "median"}
_KEPT = {"last", "first", "distinct", "moving_average", "integral", "mode", "spread", "abs", "round", "fill"}
_RATES = {"derivative", "non_negative_derivative"}
_DIFFERENCES = {"difference", "non_negative_difference"}


def looks_like_influxql(text: str) -> bool:
    """Whether it selects one field of one measurement."""
    return _SELECT.match(text) is not None


def parse_influxql(text: str) -> Expression:
    """The tree of the query; raises UnreadableExpressionError if it selects more than one field."""
    select = _SELECT.match(text)
    if select is None:
        raise UnreadableExpressionError("it is no SELECT of one field")
    source = _unquoted(re.findall(_NAME, select["source"])[-1])
    matchers = tuple(
        LabelMatcher(_unquoted(label), operator.replace("<>", "!="), value[1:-1])
        for label, operator, value in _CONDITION.findall(select["where"] or "")
    )
    return _field(_ALIAS.sub("", select["field"]), source, matchers)


def _field(text: str, source: str, matchers: tuple[LabelMatcher, ...]) -> Expression:
    if scaled := _SCALED.match(text):
        return BinaryOperation(
            scaled[2], _field(scaled[1], source, matchers), NumberConstant(float(scaled[3]))
        )
    if call := _CALL.match(text):
        return _call(call[1].lower(), call[2], source, matchers)
    if re.fullmatch(rf"\s*{_NAME}\s*", text) is None:
        raise UnreadableExpressionError("its field is an expression")
    field = _unquoted(text.strip())
    return SeriesSelector(source if field == "value" else f"{source}.{field}", matchers)


def _call(function: str, arguments: str, source: str, matchers: tuple[LabelMatcher, ...]) -> Expression:
    argument, _, parameter = arguments.rpartition(",") if "," in arguments else (arguments, "", "")
    operand = _field(argument, source, matchers)
    if function in _AGGREGATES:
        return Aggregation(_AGGREGATES[function], operand)
    if function in _KEPT:
        return operand
    if function in _RATES:
        return FunctionCall("rate", (_inner(operand),))
    if function in _DIFFERENCES:
        return FunctionCall("increase", (_inner(operand),))
    if function == "percentile" and re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", parameter):
        return Aggregation("quantile", operand, NumberConstant(float(parameter) / 100))
    raise UnreadableExpressionError(f"its function {function} is unknown")


def _inner(operand: Expression) -> Expression:
    """A derivative is of the last or largest value of each interval, which is the counter's own value."""
    return operand.operand if isinstance(operand, Aggregation) else operand


def _unquoted(name: str) -> str:
    return name[1:-1] if name.startswith('"') else name
