"""The tree of an expression, whatever language it was written in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LabelMatcher:
    """A condition on a label: `operator` is "=", "!=", "=~" or "!~"."""

    label: str
    operator: str
    value: str


@dataclass(frozen=True)
class SeriesSelector:
    """Selected series; `metric` is "" where only matchers select.

    `range_seconds` is None for the newest sample, and 0.0 where a dashboard's variable gives the range.
    `offset_seconds` is how much earlier the samples are.
    """

    metric: str
    matchers: tuple[LabelMatcher, ...] = ()
    range_seconds: float | None = None
    offset_seconds: float = 0.0


@dataclass(frozen=True)
class FunctionCall:
    """A function with its arguments."""

    function: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Aggregation:
    """An aggregation; `by` are the labels that it keeps, `without` those that it drops, or None."""

    operator: str
    operand: "Expression"
    parameter: "Expression | None" = None
    by: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None


@dataclass(frozen=True)
class BinaryOperation:
    """An arithmetic operation, comparison or set operation."""

    operator: str
    left: "Expression"
    right: "Expression"
    returns_bool: bool = False


@dataclass(frozen=True)
class Subquery:
    """An expression over a range; both times as in `SeriesSelector`."""

    operand: "Expression"
    range_seconds: float | None
    step_seconds: float | None
    offset_seconds: float = 0.0


@dataclass(frozen=True)
class NumberConstant:
    """A number."""

    value: float


@dataclass(frozen=True)
class TextConstant:
    """A string."""

    value: str


Expression = (
    SeriesSelector | FunctionCall | Aggregation | BinaryOperation | Subquery | NumberConstant | TextConstant
)


class UnreadableExpressionError(Exception):
    """The expression is in no language that can be read here."""
