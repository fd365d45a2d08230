"""What the functions of histograms do to what their argument measures."""

from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.meaning import MeaningBasis, MetricType
from semantics.quantity import Quantity
from semantics.units import TIMES

_EXPRESSION = MeaningBasis.EXPRESSION


def of_distribution(vector: Quantity, statistic: str) -> Quantity:
    """A percentile or mean of a distribution: a latency if it is one of times, else a size."""
    common = replace(
        vector,
        part="",
        raw=False,
        type=MetricType.HISTOGRAM,
        statistic=statistic,
        statistic_basis=_EXPRESSION,
    )
    if vector.basis is MeaningBasis.CATALOG:
        return replace(
            common, basis=_EXPRESSION if vector.role is MeasuredRole.LATENCY else MeaningBasis.CATALOG
        )
    if vector.unit in TIMES:
        role = MeasuredRole.LATENCY if vector.role is not MeasuredRole.OTHER else vector.role
        return replace(common, role=role, basis=_EXPRESSION, unit_basis=MeaningBasis.NAME)
    if vector.unit:
        return replace(common, role=MeasuredRole.OTHER, basis=_EXPRESSION)
    if vector.role is MeasuredRole.LATENCY:
        return common
    return replace(common, role=MeasuredRole.UNKNOWN, basis=MeaningBasis.UNKNOWN)


def of_events(vector: Quantity) -> Quantity:
    """The number of a histogram's events: a running total, if it is of no rate."""
    timed = vector.role is MeasuredRole.LATENCY
    role = MeasuredRole.TRAFFIC if timed else MeasuredRole.OTHER
    unit = "requests" if timed else "count"
    return replace(
        vector,
        role=role,
        basis=_EXPRESSION,
        unit=unit if vector.raw else f"{unit}/s",
        statistic="count" if vector.raw else "rate",
        part="",
    )


def of_share_within(vector: Quantity) -> Quantity:
    """The share of a histogram's events between two bounds."""
    timed = vector.role is MeasuredRole.LATENCY
    role = MeasuredRole.SUCCESS_RATIO if timed else MeasuredRole.OTHER
    return replace(
        vector,
        role=role,
        basis=_EXPRESSION,
        unit="ratio",
        statistic="rate",
        falling_is_bad=timed,
        part="",
        raw=False,
    )
