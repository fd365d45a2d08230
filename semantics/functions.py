"""What functions and aggregations do to what their argument measures."""

import re
from collections.abc import Sequence
from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.histograms import of_distribution, of_events, of_share_within
from semantics.meaning import CallSide, MeaningBasis, MetricType
from semantics.quantity import Quantity
from semantics.selectors import percentile
from semantics.units import TIMES, per_second

_EXPRESSION = MeaningBasis.EXPRESSION
_RATES = {"rate", "irate", "rollup_rate", "bytes_rate", "rate_counter"}
_INCREASES = {"increase", "increase_pure", "rollup_increase"}
_CHANGES = {"delta", "idelta", "deriv", "deriv_fast", "ideriv"}
_OVER_TIME = {
    "avg_over_time": "mean", "max_over_time": "max", "min_over_time": "min", "sum_over_time": "sum",
    "last_over_time": "last", "first_over_time": "last", "median_over_time": "p50", "range_avg": "mean",
}  # fmt: skip
_KEPT = {
    *(
        "label_replace",
        "label_join",
        "sort",
        "sort_desc",
        "sort_by_label",
        "sort_by_label_desc",
        "clamp",
        "clamp_max",
    ),
    *("clamp_min", "round", "floor", "ceil", "abs", "scalar", "vector", "holt_winters", "keep_last_value"),
    *(
        "double_exponential_smoothing",
        "interpolate",
        "predict_linear",
        "negative",
        "info",
        "unwrap",
        "running_avg",
    ),
    *("default_rollup",),
}
_TIME_PARTS = {
    "hour",
    "minute",
    "month",
    "year",
    "day_of_week",
    "day_of_month",
    "day_of_year",
    "days_in_month",
}
_ABSENT = {"absent", "absent_over_time"}
_MOMENTS = {"timestamp", "tmax_over_time", "tmin_over_time", "timestamp_with_name"}
_WITHOUT_AMOUNT = _ABSENT | _TIME_PARTS | _MOMENTS | {"sgn"}
"""Functions whose result says nothing about the amount."""
_SAMPLE_COUNTS = {"count_over_time", "present_over_time", "count_values", "distinct_over_time"}
_STARTS = re.compile(r"start_?time")


def call(function: str, arguments: Sequence[Quantity]) -> Quantity:
    """What the function's result measures."""
    vector = next((each for each in arguments if each.number is None), Quantity())
    number = next((each.number for each in arguments if each.number is not None), None)
    if function in _RATES:
        return _rate(vector)
    if function in _INCREASES:
        return increased(vector)
    if function in _CHANGES:
        return _change(vector)
    if function in _OVER_TIME:
        return _summarized(vector, _OVER_TIME[function])
    if function == "negative" and vector != Quantity():
        return replace(vector, negated=not vector.negated)
    if function in _KEPT:
        return arguments[0] if arguments and vector == Quantity() else vector
    return _special(function, vector, percentile(number) if number is not None else "")


def _special(function: str, vector: Quantity, quantile: str) -> Quantity:
    if function in _WITHOUT_AMOUNT:
        role = MeasuredRole.UP if function in _ABSENT else MeasuredRole.OTHER
        return replace(
            other(vector), role=role, unit="seconds" if function in _MOMENTS else "", statistic="last"
        )
    if function in _SAMPLE_COUNTS:
        return _plain_count(vector)
    match function:
        case "time" | "now":
            return Quantity(is_now=True, unit="seconds", role=MeasuredRole.OTHER, basis=_EXPRESSION)
        case "histogram_quantile" | "histogram_quantiles" | "histogram_avg":
            return of_distribution(vector, "mean" if function == "histogram_avg" else quantile)
        case "histogram_count":
            return of_events(vector)
        case "histogram_fraction" | "histogram_share":
            return of_share_within(vector)
        case "quantile_over_time" | "quantiles_over_time":
            return _summarized(vector, quantile)
        case "changes" | "resets":
            return _changes(function, vector)
        case _:
            unknown, none = MeasuredRole.UNKNOWN, MeaningBasis.UNKNOWN
            return replace(vector, role=unknown, basis=none, unit="", statistic="", number=None, raw=False)


def other(vector: Quantity) -> Quantity:
    """The same series with a known meaning that is no longer that of the metric."""
    return replace(
        vector,
        role=MeasuredRole.OTHER,
        basis=_EXPRESSION,
        unit_basis=_EXPRESSION,
        statistic_basis=_EXPRESSION,
        falling_is_bad=False,
        raw=False,
        part="",
        side=CallSide.UNKNOWN,
    )


def _rate(vector: Quantity) -> Quantity:
    if _counts_intervals(vector):
        return replace(vector, unit=per_second(vector.unit), statistic="rate", statistic_basis=_EXPRESSION)
    if vector.role is MeasuredRole.UP or vector.type is MetricType.GAUGE:
        return _change(vector)
    unit = vector.unit if vector.unit.endswith("/s") else per_second(vector.unit or "count")
    if vector.part in {"bucket", "histogram"}:
        return replace(
            vector, raw=False, type=MetricType.COUNTER, statistic="rate", statistic_basis=_EXPRESSION
        )
    rated = replace(
        vector,
        unit=unit,
        unit_basis=_EXPRESSION if vector.unit_basis is MeaningBasis.UNKNOWN else vector.unit_basis,
        statistic="rate",
        statistic_basis=_EXPRESSION,
        raw=False,
        type=MetricType.COUNTER,
    )
    if vector.part == "sum" and (vector.unit in TIMES or vector.role is MeasuredRole.LATENCY):
        return replace(rated, role=MeasuredRole.OTHER, basis=_EXPRESSION, unit=unit if vector.unit else "")
    if vector.unit not in TIMES:
        return rated
    if rated.role is MeasuredRole.USAGE and vector.unit == "seconds":
        return replace(rated, unit="cores")
    if rated.role is MeasuredRole.SATURATION and vector.unit == "seconds":
        return replace(rated, unit="ratio")
    return rated


def _counts_intervals(vector: Quantity) -> bool:
    """Whether each sample is the number of events since the one before, as Datadog and CloudWatch count."""
    return vector.type is MetricType.GAUGE and bool({"sum", "count"} & vector.notes)


def increased(vector: Quantity) -> Quantity:
    """What was added to a running total."""
    if _counts_intervals(vector):
        return replace(vector, statistic="count", statistic_basis=_EXPRESSION)
    rated = _rate(vector)
    if rated.part in {"bucket", "histogram"}:
        return replace(rated, statistic="count")
    if rated.type is MetricType.GAUGE:
        return rated
    if vector.unit in TIMES:
        return replace(rated, unit=vector.unit, statistic="sum")
    return replace(rated, unit=vector.unit or "count", statistic="count")


def _change(vector: Quantity) -> Quantity:
    if vector.raw:
        return replace(_rate(replace(vector, type=MetricType.COUNTER)))
    return replace(
        vector, unit=per_second(vector.unit), statistic="rate", statistic_basis=_EXPRESSION, raw=False
    )


def _summarized(vector: Quantity, statistic: str) -> Quantity:
    unit = "ratio" if vector.role is MeasuredRole.UP and statistic == "mean" else vector.unit
    if vector.statistic not in {"", "last"} and not (vector.statistic == "max" and statistic == "max"):
        return replace(vector, unit=unit) if statistic in {"mean", "last"} else final(vector, unit, statistic)
    return final(vector, unit, statistic)


def final(vector: Quantity, unit: str, statistic: str) -> Quantity:
    """The last statistic of several, if the ones before do not say more."""
    keeps = vector.statistic in {"rate", "mean", "count"} or vector.statistic.startswith("p")
    return replace(
        vector, unit=unit, statistic=vector.statistic if keeps else statistic, statistic_basis=_EXPRESSION
    )


def _changes(function: str, vector: Quantity) -> Quantity:
    restarts = function == "resets" or _STARTS.search(vector.metric)
    role = MeasuredRole.RESTARTS if restarts else MeasuredRole.OTHER
    return replace(other(vector), role=role, unit="count", statistic="count")


def _plain_count(vector: Quantity) -> Quantity:
    """How many samples or log lines: those of a log are events."""
    if "log" in vector.notes:
        unit = "errors" if vector.role is MeasuredRole.ERRORS else "count"
        return replace(vector, unit=unit, statistic="count", statistic_basis=_EXPRESSION)
    return replace(other(vector), unit="count", statistic="count")
