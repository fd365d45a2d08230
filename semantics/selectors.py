"""What selected series measure: by the catalog, else by the words of the name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from missions.measurement import MeasuredRole
from semantics.catalog import CatalogMatch, canonical, lookup
from semantics.conditions import of_state
from semantics.failures import RequestSelection, selection_of
from semantics.meaning import MeaningBasis, MetricType, Resource
from semantics.placeholders import VARIABLE
from semantics.quantity import FALLING, Quantity
from semantics.sides import side_of_selector
from semantics.syntax import LabelMatcher, SeriesSelector
from semantics.units import COUNTED, TIMES, unit_in_name
from semantics.words import read_words

_DISTRIBUTION = {MetricType.HISTOGRAM, MetricType.SUMMARY}
_AMOUNTS = {
    "memory": ("bytes", Resource.MEMORY),
    "storage": ("bytes", Resource.DISK),
    "byte": ("bytes", Resource.MEMORY),
    "cpu": ("cores", Resource.CPU),
    "core": ("cores", Resource.CPU),
    "pods": ("count", Resource.NONE),
    "gpu": ("count", Resource.GPU),
}
"""Words of the label `resource` or `unit`, with the unit and the resource."""
_LONGEST_NAME = 250
_SAMPLES = ("mean", "max", "sum", "count")
_NAMESPACES = {"Namespace", "aws_namespace"}
"""Labels with CloudWatch's namespace."""
_STATISTICS = {"average": "mean", "sum": "sum", "maximum": "max", "minimum": "min", "samplecount": "count"}
_COUNTABLE = {MeasuredRole.TRAFFIC, MeasuredRole.UNKNOWN, MeasuredRole.OTHER}


def quantity_of(selector: SeriesSelector, labels: Mapping[str, str]) -> Quantity:
    """What the selector's samples measure. `labels` are those of the series that is asked about."""
    matchers = selector.matchers + tuple(LabelMatcher(name, "=", value) for name, value in labels.items())
    namespace = next((each.value for each in matchers if each.label in _NAMESPACES), "")
    match = lookup(selector.metric, namespace) if selector.metric else None
    bounded = any(each.label == "le" for each in matchers)
    quantity = (
        _by_name(selector.metric, bounded=bounded) if match is None else _by_catalog(match, selector.metric)
    )
    quantity = _of_resource(_stated(quantity, matchers), matchers)
    quantity = _selected(quantity, matchers, ranged=selector.range_seconds is not None)
    quantity = of_state(quantity, matchers)
    side = side_of_selector(quantity.side, quantity.owner_labels, matchers, callee="callee" in quantity.notes)
    return replace(
        quantity,
        falling_is_bad=quantity.falling_is_bad or ("share" in quantity.notes and _is_idle(matchers)),
        side=side,
        offset_seconds=selector.offset_seconds,
        range_seconds=selector.range_seconds,
        selectors=(selector,),
        members=frozenset({quantity.metric}),
    )


def _is_idle(matchers: Iterable[LabelMatcher]) -> bool:
    return any(
        each.label in {"mode", "state"} and each.operator == "=" and each.value == "idle" for each in matchers
    )


def _by_catalog(match: CatalogMatch, name: str) -> Quantity:
    metric, part = match.metric, match.part
    base = Quantity(
        metric=metric.name if "*" not in metric.name else canonical(name),
        role=metric.role,
        basis=MeaningBasis.CATALOG,
        unit=metric.unit,
        unit_basis=MeaningBasis.CATALOG if metric.unit else MeaningBasis.UNKNOWN,
        type=metric.type,
        falling_is_bad="falling" in metric.notes or metric.role in FALLING,
        notes=metric.notes,
        resource=metric.resource,
        side=metric.side,
        owner_labels=metric.owner_labels,
        measures=metric.measures,
        selection=RequestSelection.SUCCESSFUL if "good" in metric.notes else RequestSelection.ALL,
    )
    if part == "created":
        return replace(base, role=MeasuredRole.OTHER, unit="seconds", type=MetricType.GAUGE)
    if metric.type in _DISTRIBUTION and part in {"bucket", "sum", "count", ""}:
        return _distribution(base, part)
    if metric.type is MetricType.COUNTER:
        return replace(base, raw=True, statistic="count", statistic_basis=MeaningBasis.CATALOG)
    rated = metric.unit.endswith("/s") and metric.role is not MeasuredRole.LIMIT
    usual = next((each for each in _SAMPLES if each in metric.notes), "rate" if rated else "last")
    statistic = part if part and part != "count" else usual
    return replace(base, type=MetricType.GAUGE, statistic=statistic, statistic_basis=MeaningBasis.CATALOG)


def _distribution(base: Quantity, part: str) -> Quantity:
    if part == "count":
        timed = base.role is MeasuredRole.LATENCY and "pause" not in base.notes
        return replace(
            base,
            role=MeasuredRole.TRAFFIC if timed else MeasuredRole.OTHER,
            unit="requests" if timed else "count",
            part=part,
            type=MetricType.COUNTER,
            raw=True,
            statistic="count",
            statistic_basis=base.basis,
        )
    if part == "sum":
        return replace(
            base, part=part, type=MetricType.COUNTER, raw=True, statistic="sum", statistic_basis=base.basis
        )
    return replace(base, part=part or "histogram", raw=base.type is MetricType.HISTOGRAM)


def _by_name(name: str, *, bounded: bool) -> Quantity:
    """By the words of the name. `bounded`: the series has a bucket's upper bound."""
    if not name or name.startswith(VARIABLE):
        return Quantity(metric=name)
    lowered = canonical(name[:_LONGEST_NAME])
    suffix = re.search(r"_(bucket|sum|count)$", lowered)
    stem = lowered[: suffix.start()] if suffix else ""
    is_bucket = bounded and lowered.endswith("_bucket")
    if suffix and (is_bucket or unit_in_name(stem) or read_words(stem).role is MeasuredRole.LATENCY):
        return _unknown_distribution(name, lowered[: suffix.start()], suffix[1])
    reading = read_words(name)
    readable = reading.role is not MeasuredRole.UNKNOWN
    counter = reading.type is MetricType.COUNTER
    counted = (
        "errors"
        if reading.role is MeasuredRole.ERRORS
        else "requests"
        if reading.role is MeasuredRole.TRAFFIC and "req" in lowered
        else ""
    )
    unit = reading.unit or ((counted or "count") if counter else "")
    return Quantity(
        metric=name,
        role=reading.role,
        basis=MeaningBasis.NAME if readable else MeaningBasis.UNKNOWN,
        unit=unit,
        unit_basis=MeaningBasis.NAME if unit else MeaningBasis.UNKNOWN,
        type=reading.type,
        raw=counter,
        statistic="count" if counter else reading.statistic,
        statistic_basis=MeaningBasis.NAME if counter or reading.statistic else MeaningBasis.UNKNOWN,
        falling_is_bad=reading.falling_is_bad,
        resource=reading.resource,
        side=reading.side,
        part="bucket" if lowered.endswith("_bucket") else "",
    )


def _unknown_distribution(name: str, stem: str, part: str) -> Quantity:
    """A histogram or summary of an unknown library whose name ends in its unit, as OpenMetrics asks for."""
    unit = unit_in_name(stem)
    words = read_words(stem)
    timed = unit in TIMES
    base = Quantity(
        metric=re.sub(r"[._](?:bucket|sum|count)$", "", name),
        role=words.role,
        basis=MeaningBasis.NAME if words.role is not MeasuredRole.UNKNOWN else MeaningBasis.UNKNOWN,
        unit=unit,
        unit_basis=MeaningBasis.NAME if unit else MeaningBasis.UNKNOWN,
        type=MetricType.HISTOGRAM,
        notes=frozenset({"latency"} if words.role is MeasuredRole.LATENCY else ()),
        resource=words.resource,
        side=words.side,
    )
    quantity = _distribution(base, part)
    if part == "count" and timed and words.role is MeasuredRole.UNKNOWN:
        return replace(quantity, role=MeasuredRole.UNKNOWN)
    if quantity.is_unknown or quantity.basis is not MeaningBasis.UNKNOWN:
        return quantity
    return replace(quantity, basis=MeaningBasis.NAME)


def _stated(quantity: Quantity, matchers: Iterable[LabelMatcher]) -> Quantity:
    """With the statistic that a label names: a summary's quantile, or what CloudWatch was asked for."""
    values = {each.label.lower(): each.value for each in matchers if each.operator == "="}
    if quantity.type is MetricType.GAUGE:
        name = values.get("statistic", values.get("stat", "")).lower()
        statistic = _STATISTICS.get(name, name if re.fullmatch(r"p\d{2,3}", name) else "")
    else:
        statistic = _quantile(values.get("quantile", ""))
    if not statistic:
        return quantity
    return replace(quantity, statistic=statistic, statistic_basis=MeaningBasis.EXPRESSION, part="", raw=False)


def _quantile(text: str) -> str:
    try:
        return percentile(float(text))
    except ValueError:
        return ""


def _of_resource(quantity: Quantity, matchers: tuple[LabelMatcher, ...]) -> Quantity:
    """kube-state-metrics has one metric for all resources, whose units differ."""
    if "amount" not in quantity.notes:
        return quantity
    values = "|".join(
        each.value for each in matchers if each.label in {"resource", "unit"} and each.operator[0] != "!"
    )
    unit, resource = next(
        (answer for word, answer in _AMOUNTS.items() if word in values), ("", Resource.NONE)
    )
    basis = MeaningBasis.EXPRESSION if unit else MeaningBasis.UNKNOWN
    return replace(quantity, unit=unit, unit_basis=basis, resource=resource)


def percentile(share: float) -> str:
    """The statistic of a quantile: 0.99 is "p99", 0.999 "p999", 1 "max"."""
    if not 0 <= share <= 1:  # a variable of the dashboard
        return ""
    if share == 1:
        return "max"
    return "min" if share <= 0 else "p" + f"{share:.4f}".removeprefix("0.").rstrip("0").ljust(2, "0")


def _selected(quantity: Quantity, matchers: tuple[LabelMatcher, ...], *, ranged: bool) -> Quantity:
    """Applies matchers that select failures or successes, where events are counted."""
    selection = selection_of(matchers, any_label="outcome" in quantity.notes)
    counts = quantity.part == "count" or (quantity.type is MetricType.COUNTER and quantity.part == "")
    counts = counts or (quantity.type is MetricType.UNKNOWN and (ranged or not quantity.is_unknown))
    # Clouds write the requests of each interval, a gauge that counts.
    counts = counts or (quantity.type is MetricType.GAUGE and quantity.role is MeasuredRole.TRAFFIC)
    if selection is RequestSelection.ALL or not counts or quantity.role not in _COUNTABLE:
        return quantity
    if quantity.unit not in COUNTED and quantity.unit not in {"", "requests/s", "count/s"}:
        return quantity
    if quantity.role is MeasuredRole.OTHER and quantity.part != "count" and "outcome" not in quantity.notes:
        return quantity
    if selection is RequestSelection.SUCCESSFUL:
        return replace(quantity, selection=selection)
    return replace(
        quantity,
        role=MeasuredRole.ERRORS,
        basis=MeaningBasis.EXPRESSION,
        unit=re.sub("^(requests|count)?(?=/|$)", "errors", quantity.unit),
        selection=selection,
    )
