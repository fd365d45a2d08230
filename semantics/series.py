"""What the series of dashboards measure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from missions.evidence import Series
from missions.measurement import MeasuredRole, SeriesMeasure
from semantics.engine import meaning_of
from semantics.meaning import OwnerLevel, SeriesDescription, SeriesMeaning

_LONGEST_QUERY = 1000
_MOST_ANSWERS = 20
"""Different answers that are listed for one panel."""


def meaning_of_series(series: Series) -> SeriesMeaning:
    """What a recorded series measures; its unit is the product's where that is no known one."""
    description = SeriesDescription(
        expression=series.query,
        metric=series.metric,
        labels=series.labels,
        title=series.title or series.panel,
        legend=series.legend,
        unit=series.unit,
        product=series.product,
    )
    meaning = meaning_of(description, series.mapping)
    return meaning if meaning.unit else replace(meaning, unit=series.unit)


def measured(series: Series) -> Series:
    """The series with what it measures, for people."""
    meaning = meaning_of_series(series)
    owners = (owner.value for owner in meaning.owners if owner.level is OwnerLevel.SERVICE)
    measure = SeriesMeasure(
        role=meaning.role,
        basis=meaning.role_basis,
        unit=meaning.unit,
        statistic=meaning.statistic,
        service=series.service or next(owners, ""),
        metric=series.metric or series.legend,
        query=series.query[:_LONGEST_QUERY],
    )
    return series.model_copy(update={"measures": measure})


def distinct_measures(series: Iterable[Series]) -> tuple[SeriesMeasure, ...]:
    """The answers for the series of one panel, each with its number of series; unknown ones come first."""
    counts = Counter(line.measures for line in series if line.measures is not None)
    answers = [measure.model_copy(update={"series": count}) for measure, count in counts.items()]
    answers.sort(key=lambda each: (each.role is not MeasuredRole.UNKNOWN, each.query, each.service))
    return tuple(answers[:_MOST_ANSWERS])
