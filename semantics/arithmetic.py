"""What sums, products and comparisons measure; quotients are in `quotients`."""

from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.failures import RequestSelection
from semantics.functions import increased, other
from semantics.meaning import CallSide, MeaningBasis
from semantics.quantity import Quantity, longest, weaker
from semantics.quotients import multiplied, quotient, related

_EXPRESSION = MeaningBasis.EXPRESSION
_COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
_INVERTED = {
    MeasuredRole.ERROR_RATIO: MeasuredRole.SUCCESS_RATIO,
    MeasuredRole.SUCCESS_RATIO: MeasuredRole.ERROR_RATIO,
}
_WHOLE = {"ratio": 1.0, "percent": 100.0}
_EVENTS = {MeasuredRole.TRAFFIC, MeasuredRole.ERRORS}


def operation(operator: str, left: Quantity, right: Quantity, *, returns_bool: bool) -> Quantity:
    """What the result of a binary operation measures."""
    if left.number is not None and right.number is not None:
        return _constants(operator, left.number, right.number)
    result = _operation(operator, left, right, returns_bool=returns_bool)
    return replace(
        result,
        range_seconds=longest(left.range_seconds, right.range_seconds, result.range_seconds),
        step_seconds=longest(left.step_seconds, right.step_seconds),
        selectors=left.selectors + right.selectors,
        aggregation=left.aggregation or right.aggregation,
        grouping=left.grouping if left.selectors else right.grouping,
    )


def _operation(operator: str, left: Quantity, right: Quantity, *, returns_bool: bool) -> Quantity:
    if operator in _COMPARISONS:
        return _compared(operator, left, right, returns_bool=returns_bool)
    match operator:
        case "or" | "default":
            return right if left.number is not None or (left.is_unknown and right.number is None) else left
        case "and" | "unless" | "if" | "ifnot":
            return left
        case "/":
            return quotient(left, right)
        case "*":
            return _product(left, right)
        case "+":
            return _sum(left, right)
        case "-":
            return _difference(left, right)
        case _:
            return _nothing(left)


def _constants(operator: str, left: float, right: float) -> Quantity:
    try:
        value = {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else 0.0}
        return Quantity(number=value.get(operator, left**right if operator == "^" else 0.0))
    except (OverflowError, ZeroDivisionError, TypeError):
        return Quantity(number=0.0)


def _nothing(left: Quantity) -> Quantity:
    return Quantity(metric=left.metric, members=left.members, owner_labels=left.owner_labels)


def _compared(operator: str, left: Quantity, right: Quantity, *, returns_bool: bool) -> Quantity:
    """A comparison filters, and what is left keeps its meaning; with `bool` it is a condition."""
    kept = right if left.number is not None else left
    if kept.role is MeasuredRole.UP and kept.unit == "":
        kept = replace(kept, notes=kept.notes | {"down" if _selects_down(operator, left, right) else "alive"})
        return replace(kept, falling_is_bad="down" not in kept.notes) if returns_bool else kept
    if not returns_bool:
        return kept
    return replace(other(kept), unit="", statistic="last")


def _selects_down(operator: str, left: Quantity, right: Quantity) -> bool:
    """Whether 0 is what the comparison keeps of samples that are 0 or 1."""
    number = left.number if left.number is not None else right.number
    if left.number is not None:
        operator = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
    keeps = {"==": number == 0, "!=": number == 1, "<": True, "<=": number == 0, ">": False, ">=": False}
    return keeps[operator]


def _product(left: Quantity, right: Quantity) -> Quantity:
    if left.number is not None or right.number is not None:
        quantity, factor = (right, left.number) if left.number is not None else (left, right.number)
        return times(quantity, factor or 0.0)
    if "info" in right.notes:
        return left
    if "info" in left.notes:
        return right
    return _nothing(left)


def times(quantity: Quantity, factor: float) -> Quantity:
    """The quantity multiplied by a constant: another unit of the same."""
    if factor == 0:
        return quantity
    if factor < 0:
        return times(replace(quantity, negated=not quantity.negated), -factor)
    if quantity.unit == "cores" and abs(factor) == 100:  # noqa: PLR2004  percent of a processor
        role = MeasuredRole.SATURATION if "share" in quantity.notes else quantity.role
        return replace(quantity, unit="percent", role=role)
    if not quantity.unit and quantity.role in _INVERTED and abs(factor) == 100:  # noqa: PLR2004  percent
        return replace(quantity, unit="percent", unit_basis=_EXPRESSION)
    return multiplied(quantity, factor)


def _sum(left: Quantity, right: Quantity) -> Quantity:
    if left.number is not None or right.number is not None:
        number, quantity = (left.number, right) if left.number is not None else (right.number, left)
        return _complement(number or 0.0, replace(quantity, negated=False)) if quantity.negated else quantity
    members = left.members | right.members
    basis = weaker(left.basis, right.basis)
    if left.side is not right.side:
        left = replace(left, side=CallSide.UNKNOWN)
    left = replace(left, raw=left.raw and right.raw)
    if left.role is right.role:
        if "reclaimable" in right.notes and left.role is MeasuredRole.USAGE:
            return replace(left, members=members, basis=basis)
        if left.role is MeasuredRole.USAGE and left.falling_is_bad != right.falling_is_bad:
            return replace(left, role=MeasuredRole.LIMIT, members=members, basis=basis, falling_is_bad=False)
        return replace(left, members=members, basis=basis)
    if {left.role, right.role} == _EVENTS:
        traffic = left if left.role is MeasuredRole.TRAFFIC else right
        return replace(traffic, members=members, basis=basis, selection=RequestSelection.ALL, raw=left.raw)
    return replace(_nothing(left), members=members)


def _difference(left: Quantity, right: Quantity) -> Quantity:
    if left.number is not None:
        return _complement(left.number, right)
    if right.number is not None:
        return left
    if left.offset_seconds != right.offset_seconds and related(left, right):
        return _since_then(left, right)
    if left.is_now or right.is_now:
        return _age(left, right)
    pair = (left.role, right.role)
    basis = weaker(left.basis, right.basis)
    if left.role is MeasuredRole.LIMIT and right.role in {MeasuredRole.USAGE, MeasuredRole.QUEUE}:
        return replace(right, falling_is_bad=not right.falling_is_bad, basis=basis)
    if "offset" in left.notes and "offset" in right.notes:
        return replace(
            left, role=MeasuredRole.QUEUE, basis=_EXPRESSION, unit="messages", statistic="last", raw=False
        )
    if pair == (MeasuredRole.TRAFFIC, MeasuredRole.ERRORS):
        return replace(left, selection=RequestSelection.SUCCESSFUL, basis=basis)
    if pair == (MeasuredRole.TRAFFIC, MeasuredRole.TRAFFIC):
        return _remaining_traffic(left, right)
    return replace(left, basis=basis) if left.role is right.role else _nothing(left)


def _since_then(left: Quantity, right: Quantity) -> Quantity:
    """The difference to an earlier time: of running totals what was added since, else only a comparison."""
    seconds = right.offset_seconds - left.offset_seconds
    if left.raw and right.raw and seconds > 0:
        return replace(increased(left), range_seconds=seconds)
    return replace(left, role=MeasuredRole.OTHER, basis=_EXPRESSION, falling_is_bad=False, raw=False)


def _remaining_traffic(left: Quantity, right: Quantity) -> Quantity:
    """All but the successful failed, accepted but not handled is lost, started but not ended is at work."""
    if right.selection is RequestSelection.SUCCESSFUL and left.selection is RequestSelection.ALL:
        return replace(left, role=MeasuredRole.ERRORS, basis=_EXPRESSION, selection=RequestSelection.FAILED)
    if "accepted" in left.metric and "handled" in right.metric:
        return replace(left, role=MeasuredRole.ERRORS, basis=_EXPRESSION, selection=RequestSelection.FAILED)
    if left.raw and right.raw and "started" in left.metric:
        return replace(
            left, role=MeasuredRole.USAGE, basis=_EXPRESSION, unit="requests", statistic="last", raw=False
        )
    return _nothing(left)


def _age(left: Quantity, right: Quantity) -> Quantity:
    """Seconds since, or until, a moment."""
    moment = right if left.is_now else left
    return replace(
        moment,
        role=MeasuredRole.OTHER,
        basis=_EXPRESSION,
        unit="seconds",
        unit_basis=_EXPRESSION,
        statistic=moment.statistic or "last",
        falling_is_bad=right.is_now,
        is_now=False,
    )


def _complement(whole: float, part: Quantity) -> Quantity:
    shared = "share" in part.notes and part.unit == "cores"
    unit = "ratio" if shared else part.unit
    if _WHOLE.get(unit) != whole:
        return _nothing(part)
    role = MeasuredRole.SATURATION if shared else _INVERTED.get(part.role, part.role)
    basis = _EXPRESSION if role is not part.role else part.basis
    return replace(part, role=role, basis=basis, unit=unit, falling_is_bad=not part.falling_is_bad)
