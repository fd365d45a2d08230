"""What aggregations over series do to what their operand measures."""

from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.functions import final, other
from semantics.meaning import MeaningBasis
from semantics.quantity import Quantity
from semantics.selectors import percentile
from semantics.sides import side_of_group

_EXPRESSION = MeaningBasis.EXPRESSION
_AGGREGATED = {"sum": "sum", "avg": "mean", "max": "max", "min": "min"}


def aggregated(
    operator: str, vector: Quantity, parameter: Quantity | None, grouping: tuple[str, ...] | None
) -> Quantity:
    """What an aggregation over series measures; `grouping` are the labels that it keeps."""
    if operator in {"topk", "bottomk", "limitk", "limit_ratio", "any", "outliersk"} or operator.startswith(
        "topk_"
    ):
        return vector
    side = vector.side
    if "callee" in vector.notes:
        side = side_of_group(side, vector.owner_labels, grouping)
    grouped = replace(vector, aggregation=operator, grouping=grouping, side=side)
    match operator:
        case "sum" | "avg" | "max" | "min":
            return _combined(grouped, operator)
        case "quantile":
            statistic = percentile(parameter.number) if parameter and parameter.number is not None else ""
            return final(grouped, grouped.unit, statistic)
        case "median":
            return final(grouped, grouped.unit, "p50")
        case "count":
            return _counted(grouped)
        case "group" | "count_values":
            return replace(other(grouped), unit="", statistic="count")
        case _:
            return replace(other(grouped), unit=grouped.unit, statistic="")


def _combined(vector: Quantity, operator: str) -> Quantity:
    statistic = _AGGREGATED[operator]
    if operator == "avg" and "share" in vector.notes and vector.unit == "cores":
        return replace(vector, role=MeasuredRole.SATURATION, unit="ratio")
    if operator == "avg" and vector.role is MeasuredRole.UP:
        return replace(vector, unit="ratio", statistic="mean", statistic_basis=_EXPRESSION)
    if operator == "sum" and vector.role is MeasuredRole.UP:
        return replace(vector, unit="count", statistic="sum", statistic_basis=_EXPRESSION)
    if vector.statistic not in {"", "last"} or vector.part:
        return vector
    return replace(vector, statistic=statistic, statistic_basis=_EXPRESSION)


def _counted(vector: Quantity) -> Quantity:
    """A number of series: of processors, where each has series of its own."""
    if "share" in vector.notes and "cpu" in vector.metric:
        return replace(
            other(vector), role=MeasuredRole.LIMIT, unit="cores", statistic="count", notes=frozenset()
        )
    if vector.role is MeasuredRole.UP and {"down", "alive"} & vector.notes:
        falling = "down" not in vector.notes
        return replace(vector, unit="count", statistic="count", falling_is_bad=falling, basis=_EXPRESSION)
    return replace(other(vector), unit="count", statistic="count", notes=frozenset({"series"}))
