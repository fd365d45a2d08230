"""What a quotient measures: a share of failures, a mean, a share of a limit, a part of something."""

from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.failures import RequestSelection
from semantics.meaning import CallSide, MeaningBasis, MetricType, Resource
from semantics.quantity import Quantity, weaker
from semantics.units import COUNTED, TIMES, per_second, scaled
from semantics.vocabulary import HITS

_EXPRESSION = MeaningBasis.EXPRESSION
_HELD = {MeasuredRole.USAGE, MeasuredRole.QUEUE}


def quotient(left: Quantity, right: Quantity) -> Quantity:
    """What `left / right` measures."""
    if right.number is not None and right.number == left.range_seconds and left.statistic == "count":
        return replace(left, unit=per_second(left.unit), statistic="rate", statistic_basis=_EXPRESSION)
    if right.number is not None:
        return multiplied(left, 1 / right.number if right.number else 1.0)
    if left.number is not None:
        return Quantity(metric=right.metric, members=right.members)
    for rule in (
        _change_over_time,
        _of_distribution,
        _of_outcomes,
        _mean_time,
        _of_limit,
        _of_targets,
        _of_equals,
    ):
        if result := rule(left, right):
            resource = right.resource if left.resource is Resource.NONE else left.resource
            plain = replace(result, part="", raw=False, members=left.members, factor=1.0, resource=resource)
            return multiplied(plain, left.factor / (right.factor or 1.0))
    return Quantity(metric=left.metric, members=left.members, owner_labels=left.owner_labels)


def multiplied(quantity: Quantity, factor: float) -> Quantity:
    """The quantity times a constant: another unit of the same, or the factor is kept for a later quotient."""
    unit = scaled(quantity.unit, abs(factor))
    if unit or not quantity.unit:
        return replace(quantity, unit=unit)
    return replace(quantity, factor=quantity.factor * abs(factor))


def _ratio(left: Quantity, role: MeasuredRole, basis: MeaningBasis, *, falling: bool = False) -> Quantity:
    kept = left.statistic if left.statistic in {"rate", "mean", "max", "min", "sum", "last"} else "rate"
    return replace(
        left,
        role=role,
        basis=basis,
        unit="ratio",
        unit_basis=_EXPRESSION,
        statistic=kept if left.statistic else "",
        statistic_basis=_EXPRESSION,
        type=MetricType.GAUGE,
        falling_is_bad=falling,
        notes=frozenset(),
    )


def related(left: Quantity, right: Quantity) -> bool:
    """Whether both are of the same metrics, or the first is a part of the second."""
    return left.metric == right.metric or left.members <= right.members


def _change_over_time(left: Quantity, right: Quantity) -> Quantity | None:
    if left.offset_seconds == right.offset_seconds or not related(left, right):
        return None
    return _ratio(left, MeasuredRole.OTHER, _EXPRESSION)


def _of_distribution(left: Quantity, right: Quantity) -> Quantity | None:
    """The mean of a histogram or summary, or the share of its events below a bound."""
    if left.metric != right.metric or not left.part:
        return None
    if left.part == "sum" and right.part == "count":
        return _mean(left, right)
    if left.part == "bucket" and right.part in {"count", "bucket"}:
        timed = left.role is MeasuredRole.LATENCY or left.unit in TIMES
        role = MeasuredRole.SUCCESS_RATIO if timed else MeasuredRole.OTHER
        return _ratio(replace(left, statistic="rate"), role, _EXPRESSION, falling=timed)
    return None


def _mean(left: Quantity, right: Quantity) -> Quantity:
    unit = left.unit.removesuffix("/s")
    timed = unit in TIMES
    role = _base_role(left, right, timed=timed or (not unit and "latency" in left.notes))
    named = MeaningBasis.EXPRESSION if timed else weaker(left.basis, right.basis)
    return replace(
        left,
        role=role,
        basis=named,
        unit=unit,
        unit_basis=left.unit_basis,
        statistic="mean",
        statistic_basis=_EXPRESSION,
        falling_is_bad=False,
    )


def _base_role(left: Quantity, right: Quantity, *, timed: bool) -> MeasuredRole:
    """A rate of a sum of times is no latency, but their mean is one, if requests or pauses are counted."""
    waited = right.role is not MeasuredRole.OTHER or "pause" in left.notes
    waited = waited or left.side is CallSide.CLIENT or left.resource is Resource.LOCKS
    return MeasuredRole.LATENCY if timed and waited else MeasuredRole.OTHER


def _of_outcomes(left: Quantity, right: Quantity) -> Quantity | None:
    """Failures or successes of all requests."""
    if not _counts(left) or not _counts(right):
        return None
    whole = right.selection is RequestSelection.ALL or right.members > left.members
    basis = _EXPRESSION if left.basis is _EXPRESSION else weaker(left.basis, right.basis)
    if left.role is MeasuredRole.ERRORS and whole and right.role is not MeasuredRole.ERRORS:
        return _ratio(left, MeasuredRole.ERROR_RATIO, basis)
    if left.selection is RequestSelection.SUCCESSFUL and whole and right.role is not MeasuredRole.ERRORS:
        return _ratio(left, MeasuredRole.SUCCESS_RATIO, _EXPRESSION, falling=True)
    successes = any(word in left.metric.lower() for word in ("success", "succeeded"))
    if (
        successes
        and whole
        and right.role is not MeasuredRole.ERRORS
        and "success" not in right.metric.lower()
    ):
        return _ratio(left, MeasuredRole.SUCCESS_RATIO, weaker(left.basis, MeaningBasis.NAME), falling=True)
    return None


def _counts(quantity: Quantity) -> bool:
    return quantity.unit.partition("/")[0] in COUNTED


def _mean_time(left: Quantity, right: Quantity) -> Quantity | None:
    """A counter of time by a counter of events: how long one took."""
    base = left.unit.removesuffix("/s")
    if left.type is not MetricType.COUNTER or not _counts(right) or right.type is not MetricType.COUNTER:
        return None
    if base in TIMES and left.role is not MeasuredRole.USAGE:
        return _mean(left, right)
    if base in {"bytes", "bits"} or (left.unit == "cores" or base in TIMES):
        unit = "seconds" if left.unit == "cores" else base
        return replace(_mean(left, right), role=MeasuredRole.OTHER, basis=_EXPRESSION, unit=unit)
    return None


def _of_limit(left: Quantity, right: Quantity) -> Quantity | None:
    """A share of a limit; a limit of processor time by the time that it is given for is one of processors."""
    if left.role is MeasuredRole.LIMIT and left.resource is Resource.CPU and left.unit in TIMES:
        return replace(left, unit="cores", basis=_EXPRESSION) if right.unit == left.unit else None
    contained = left.members < right.members
    whole = right.role is MeasuredRole.LIMIT or (right.role in _HELD and contained)
    if left.unit == "percent" and right.unit == "cores" and left.role is MeasuredRole.USAGE:
        return replace(_ratio(left, MeasuredRole.SATURATION, left.basis), unit="percent")
    if left.role in _HELD and whole:
        basis = weaker(left.basis, right.basis, _EXPRESSION)
        return _ratio(left, MeasuredRole.SATURATION, basis, falling=left.falling_is_bad)
    if left.role is MeasuredRole.SATURATION and _counts(left) and _counts(right):
        return _ratio(left, MeasuredRole.SATURATION, left.basis)
    if left.unit == "ratio" and left.role is MeasuredRole.SATURATION and right.unit in {"cores", "count"}:
        return _ratio(left, MeasuredRole.SATURATION, left.basis)
    return None


def _of_targets(left: Quantity, right: Quantity) -> Quantity | None:
    """A part of all series, or an amount for each of them."""
    if "series" not in right.notes and not (left.role is MeasuredRole.UP and right.role is MeasuredRole.UP):
        return None
    if left.role is MeasuredRole.UP or "series" in left.notes:
        return _ratio(left, left.role, left.basis, falling=left.falling_is_bad)
    return replace(left, statistic="mean" if left.statistic == "sum" else left.statistic)


def _of_equals(left: Quantity, right: Quantity) -> Quantity | None:
    """A part of something of its own kind, such as the hits of all look-ups."""
    same = left.role is right.role and not left.is_unknown and _comparable(left.unit, right.unit)
    if not same or left.basis is MeaningBasis.NAME:
        return None
    falling = left.falling_is_bad or HITS.search(left.metric) is not None
    return _ratio(left, MeasuredRole.OTHER, weaker(left.basis, right.basis), falling=falling)


def _comparable(first: str, second: str) -> bool:
    plain = [
        f"count{unit[unit.index('/') :]}" if "/" in unit and unit.partition("/")[0] in COUNTED else unit
        for unit in (first, second)
    ]
    plain = ["count" if unit in COUNTED else unit for unit in plain]
    return plain[0] == plain[1] and bool(first)
