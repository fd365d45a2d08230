"""Names of recording rules: `level:metric:operations`, as Prometheus' documentation recommends."""

import re

from semantics.syntax import (
    Aggregation,
    BinaryOperation,
    Expression,
    FunctionCall,
    NumberConstant,
    SeriesSelector,
)

_RANGE = re.compile(r"(rate|increase|irate|mean|avg|max|min)_?(\d+)(ms|[smhdwy])$")
_SECONDS_BEHIND = re.compile(r"(?:rate|increase|availability|avg|mean|max|min)_?(\d+)(ms|[smhdwy])$")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_OPERATIONS = {"sum", "avg", "max", "min", "count", "rate", "irate", "increase"}


def recorded(selector: SeriesSelector) -> Expression | None:
    """The expression that the name says was recorded; None if the name is no rule's, or says nothing."""
    parts = selector.metric.split(":")
    if len(parts) < 2:  # noqa: PLR2004  level:metric at least
        return None
    metric = parts[1] if len(parts) > 2 else parts[-1]  # noqa: PLR2004  level:metric:operations
    operations = parts[-1].split("_") if len(parts) > 2 else []  # noqa: PLR2004  as above
    if not metric:
        metric = parts[0]
    if "ratio" in parts[-1].split("_") or "percent" in parts[-1].split("_"):
        return None
    source = SeriesSelector(metric, selector.matchers)
    return _applied(source, operations)


def recorded_seconds(metric: str) -> float | None:
    """The range in the name of a rule, as in `slo:sli_error:ratio_rate5m`; None without one."""
    ranged = _SECONDS_BEHIND.search(metric) if ":" in metric else None
    return float(ranged[1]) * _SECONDS[ranged[2]] if ranged else None


def _applied(source: SeriesSelector, operations: list[str]) -> Expression | None:
    if not operations:
        return None
    joined = "_".join(operations)
    if "histogram_quantile" in joined or re.search(r"(?:^|_)p\d{2,3}$", joined):
        return _quantile(source, joined)
    expression: Expression = source
    for operation in reversed(operations):
        ranged = _RANGE.match(operation)
        name = ranged[1] if ranged else operation
        seconds = float(ranged[2]) * _SECONDS[ranged[3]] if ranged else 0.0
        if name in {"rate", "irate", "increase"}:
            ranged_source = SeriesSelector(source.metric, source.matchers, seconds)
            expression = FunctionCall(name, (ranged_source if expression == source else expression,))
        elif name == "mean" or (ranged and name in {"avg", "max", "min"}):
            if source.metric.endswith(("_seconds", "_milliseconds", "_bytes")):
                return _mean(source, seconds)
            over = {"mean": "avg_over_time"}.get(name, f"{name}_over_time")
            expression = FunctionCall(over, (expression,))
        elif name in _OPERATIONS:
            expression = Aggregation(name, expression)
        elif name not in {"by", "without", "total", "node", "job", "relabel"}:
            return None
    return expression


def _mean(source: SeriesSelector, seconds: float) -> Expression:
    def rate(suffix: str) -> Expression:
        return FunctionCall("rate", (SeriesSelector(source.metric + suffix, source.matchers, seconds),))

    return BinaryOperation("/", rate("_sum"), rate("_count"))


def _quantile(source: SeriesSelector, operations: str) -> Expression:
    """The percentile is in the operations ("p99"), or in the label `quantile`."""
    named = re.search(r"(?:^|_)p(\d{2,3})", operations)
    label = next(
        (each.value for each in source.matchers if each.label == "quantile" and each.operator == "="), ""
    )
    try:
        share = float(f"0.{named[1]}") if named else float(label)
    except ValueError:
        share = float("nan")
    matchers = tuple(matcher for matcher in source.matchers if matcher.label != "quantile")
    metric = source.metric if source.metric.endswith("_bucket") else f"{source.metric}_bucket"
    ranged = FunctionCall("rate", (SeriesSelector(metric, matchers, 0.0),))
    if share != share:  # noqa: PLR0124  NaN: no number, so the percentile stays unknown
        return FunctionCall("histogram_quantile", (ranged,))
    return FunctionCall("histogram_quantile", (NumberConstant(share), ranged))
