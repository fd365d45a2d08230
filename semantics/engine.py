"""What does this series measure? Pure: no I/O, the same description always has the same meaning."""

import re
from dataclasses import replace

from missions.measurement import MeasuredRole, SeriesMapping
from semantics.evaluation import evaluated
from semantics.expressions import read_expression
from semantics.meaning import (
    CallSide,
    MeaningBasis,
    MetricType,
    OwnerLevel,
    Resource,
    SeriesDescription,
    SeriesMeaning,
    SeriesOwner,
)
from semantics.owners import owners_of
from semantics.panel import fits, read_panel
from semantics.quantity import FALLING, Quantity
from semantics.syntax import Expression, SeriesSelector
from semantics.units import normalized_unit
from semantics.words import read_words

_NAME = re.compile(r"[\w.:%\-/]+")
_LONGEST_EXPRESSION = 8000
_LONGEST_TEXT = 500
"""Characters that are read of an expression, and of a title, legend or unit."""
_BELOW_PANEL = {MeaningBasis.NAME, MeaningBasis.UNKNOWN}
_LEVELS = {
    MeasuredRole.USAGE,
    MeasuredRole.SATURATION,
    MeasuredRole.QUEUE,
    MeasuredRole.LIMIT,
    MeasuredRole.UP,
}
_EVENTS = {MeasuredRole.TRAFFIC, MeasuredRole.ERRORS}
_COUNTING = {MetricType.COUNTER, MetricType.HISTOGRAM}


def meaning_of(description: SeriesDescription, mapping: SeriesMapping | None = None) -> SeriesMeaning:
    """What the series measures; what a person says in `mapping` comes first."""
    description = _shortened(description)
    quantity = _quantity(description)
    quantity = _final(quantity)
    quantity = _with_panel(quantity, description)
    owners, owner_basis = owners_of(
        quantity.selectors, quantity.grouping, description.labels, quantity.owner_labels
    )
    unknown = quantity.is_unknown
    meaning = SeriesMeaning(
        role=quantity.role,
        role_basis=MeaningBasis.UNKNOWN if unknown else quantity.basis,
        unit=quantity.unit,
        unit_basis=_basis(quantity.unit, quantity.unit_basis),
        statistic=quantity.statistic,
        statistic_basis=_basis(quantity.statistic, quantity.statistic_basis),
        type=quantity.type,
        metric=quantity.metric or description.metric,
        measures=quantity.measures,
        falling_is_bad=quantity.falling_is_bad,
        range_seconds=quantity.range_seconds or None,
        step_seconds=quantity.step_seconds or None,
        aggregation=quantity.aggregation,
        grouping=quantity.grouping,
        owners=owners,
        owner_basis=owner_basis,
        resource=quantity.resource,
        side=quantity.side,
        cumulative=quantity.raw and quantity.part != "histogram",
    )
    return meaning if mapping is None else _mapped(meaning, mapping)


def _shortened(description: SeriesDescription) -> SeriesDescription:
    """Texts are cut: patterns over longer ones take long, and nobody writes them."""
    long = len(description.expression) > _LONGEST_EXPRESSION
    return replace(
        description,
        expression="" if long else description.expression,
        metric=description.metric[:_LONGEST_EXPRESSION],
        title=description.title[:_LONGEST_TEXT],
        legend=description.legend[:_LONGEST_TEXT],
        unit=description.unit[:_LONGEST_TEXT],
    )


def _final(quantity: Quantity) -> Quantity:
    """The result of the whole expression: buckets count events, and a factor leaves no word for the unit."""
    if quantity.part == "bucket" and (quantity.type in _COUNTING or not quantity.is_unknown):
        rated = quantity.statistic == "rate"
        quantity = replace(
            quantity,
            role=MeasuredRole.OTHER,
            basis=MeaningBasis.NAME if quantity.is_unknown else quantity.basis,
            unit="count/s" if rated else "count",
            unit_basis=MeaningBasis.NAME if quantity.is_unknown else quantity.unit_basis,
            statistic=quantity.statistic or "count",
            statistic_basis=quantity.statistic_basis if quantity.statistic else quantity.basis,
            falling_is_bad=False,
        )
    return quantity if quantity.factor == 1 else replace(quantity, unit="")


def _basis(text: str, basis: MeaningBasis) -> MeaningBasis:
    if not text:
        return MeaningBasis.UNKNOWN
    return MeaningBasis.EXPRESSION if basis is MeaningBasis.UNKNOWN else basis


def _quantity(description: SeriesDescription) -> Quantity:
    """By the expression; by the metric's name where that is no more than a name or cannot be read."""
    text = description.expression.strip()
    expression = read_expression(text, description.product) if text else None
    try:
        quantity = Quantity() if expression is None else evaluated(expression, description.labels)
    except RecursionError:
        return Quantity()
    plain = expression is None or isinstance(expression, SeriesSelector)
    if not plain or not quantity.is_unknown or not description.metric.strip():
        return quantity
    by_name = evaluated(_read_name(description.metric.strip()), description.labels)
    return quantity if by_name.is_unknown and expression is not None else by_name


def _read_name(text: str) -> Expression:
    """A metric's name, which may also be a selector, a query, or the header of a column."""
    if _NAME.fullmatch(text):
        return SeriesSelector(text)
    return read_expression(text) or SeriesSelector(text)


def _with_panel(quantity: Quantity, description: SeriesDescription) -> Quantity:
    """What the panel says fills what the expression and the catalog leave open."""
    panel_unit = normalized_unit(description.unit)
    if quantity.number is not None:
        quantity = Quantity()
    own_unit = (
        "" if quantity.unit_basis is MeaningBasis.NAME and panel_unit not in {"", "count"} else quantity.unit
    )
    if quantity.basis in _BELOW_PANEL:
        quantity = _role_of_panel(quantity, description, own_unit)
    if not own_unit and panel_unit and (panel_unit != "count" or not quantity.unit):
        quantity = replace(quantity, unit=panel_unit, unit_basis=MeaningBasis.PANEL)
    return _statistic_of_panel(quantity, description)


def _role_of_panel(quantity: Quantity, description: SeriesDescription, unit: str) -> Quantity:
    reading = read_panel(description, unit)
    if reading.role is not MeasuredRole.UNKNOWN:
        return replace(
            quantity,
            role=reading.role,
            basis=MeaningBasis.PANEL,
            falling_is_bad=reading.falling_is_bad,
            resource=quantity.resource if reading.resource is Resource.NONE else reading.resource,
            side=quantity.side if reading.side is CallSide.UNKNOWN else reading.side,
        )
    if not fits(quantity.role, unit or normalized_unit(description.unit)):
        return replace(quantity, role=MeasuredRole.UNKNOWN, basis=MeaningBasis.UNKNOWN, falling_is_bad=False)
    return quantity


def _statistic_of_panel(quantity: Quantity, description: SeriesDescription) -> Quantity:
    if quantity.statistic not in {"", "last"}:
        return quantity
    if quantity.role in _EVENTS and quantity.unit.endswith(("/s", "/min")):
        return replace(quantity, statistic="rate", statistic_basis=quantity.unit_basis)
    if quantity.role is MeasuredRole.LATENCY or not quantity.statistic:
        texts = (description.legend, description.title)
        if statistic := next((read.statistic for text in texts if (read := read_words(text)).statistic), ""):
            return replace(quantity, statistic=statistic, statistic_basis=MeaningBasis.PANEL)
    if not quantity.statistic and quantity.role in _LEVELS and quantity.type is not MetricType.COUNTER:
        return replace(quantity, statistic="last", statistic_basis=quantity.basis)
    return quantity


def _mapped(meaning: SeriesMeaning, mapping: SeriesMapping) -> SeriesMeaning:
    person = MeaningBasis.PERSON
    if mapping.metric:
        meaning = _named(meaning, mapping.metric)
    if mapping.role is not None:
        same = mapping.role is meaning.role
        falling = meaning.falling_is_bad if same else mapping.role in FALLING
        meaning = replace(meaning, role=mapping.role, role_basis=person, falling_is_bad=falling)
    if mapping.unit is not None:
        unit = normalized_unit(mapping.unit) or mapping.unit
        meaning = replace(meaning, unit=unit, unit_basis=person)
    if mapping.statistic is not None:
        total = meaning.cumulative and mapping.statistic == meaning.statistic
        meaning = replace(meaning, statistic=mapping.statistic, statistic_basis=person, cumulative=total)
    if mapping.service is not None:
        owner = SeriesOwner(OwnerLevel.SERVICE, "", mapping.service)
        others = tuple(each for each in meaning.owners if each.level is not OwnerLevel.SERVICE)
        meaning = replace(meaning, owners=(owner, *others), owner_basis=person)
    return meaning


def _named(meaning: SeriesMeaning, metric: str) -> SeriesMeaning:
    """With a person's name: its role counts, and its unit and statistic where nothing else says them."""
    by_name = meaning_of(SeriesDescription(metric=metric))
    meaning = replace(meaning, metric=metric)
    if by_name.role is not MeasuredRole.UNKNOWN:
        meaning = replace(
            meaning,
            role=by_name.role,
            role_basis=MeaningBasis.PERSON,
            falling_is_bad=by_name.falling_is_bad,
        )
    if not meaning.unit and by_name.unit:
        meaning = replace(meaning, unit=by_name.unit, unit_basis=MeaningBasis.PERSON)
    if not meaning.statistic and by_name.statistic:
        meaning = replace(meaning, statistic=by_name.statistic, statistic_basis=MeaningBasis.PERSON)
    return meaning
