"""Series as they are read of a file, before they are the engine's."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from missions.measurement import MeasuredRole
from rca.counters import rate_of_counter
from rca.series import Floats, TimeSeries, time_series
from semantics.engine import meaning_of
from semantics.meaning import MetricType, OwnerLevel, SeriesDescription, SeriesMeaning

UNNAMED = "unnamed"
"""The service of series that name none, if no other series of the folder does either."""

_ABOUT = (
    OwnerLevel.SERVICE,
    OwnerLevel.WORKLOAD,
    OwnerLevel.CONTAINER,
    OwnerLevel.POD,
    OwnerLevel.INSTANCE,
    OwnerLevel.HOST,
)


@dataclass(frozen=True)
class RecordedSeries:
    """One series of a file: `times` in epoch seconds, in the file's order, `values` with NaN for gaps.

    `service` is "" where the file does not say it, `statistic`, `unit` and `expression` likewise. `title` is
    what the file's name says about all its series. `type` is what the form says about the samples; UNKNOWN
    where the name decides.
    """

    service: str
    metric: str
    times: Floats
    values: Floats
    statistic: str = ""
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    expression: str = ""
    title: str = ""
    type: MetricType = MetricType.UNKNOWN

    @property
    def key(self) -> tuple[str, ...]:
        """Identifies the series in another file."""
        return (
            self.service,
            self.metric,
            self.statistic,
            *(f"{name}={self.labels[name]}" for name in sorted(self.labels)),
        )

    @property
    def id(self) -> str:
        """As in Prometheus where there are labels, else the names with slashes."""
        if not self.labels:
            return "/".join(filter(None, (self.service, self.metric, self.statistic)))
        pairs = ",".join(f'{name}="{value}"' for name, value in sorted(self.labels.items()))
        return f"{self.metric}{{{pairs}}}"

    @property
    def meaning(self) -> SeriesMeaning:
        """What the series measures, by its names, labels and unit."""
        meaning = meaning_of(
            SeriesDescription(
                expression=self.expression,
                metric=self.metric,
                labels=self.labels,
                title=self.title,
                legend=self.statistic,
                unit=self.unit,
            )
        )
        match self.type:
            case MetricType.UNKNOWN:
                return meaning
            case MetricType.COUNTER:
                statistic = meaning.statistic if meaning.cumulative else "count"
                return replace(meaning, type=self.type, statistic=statistic, cumulative=True)
            case _:
                statistic = "" if meaning.cumulative else meaning.statistic
                return replace(meaning, type=self.type, statistic=statistic, cumulative=False)


def owner_in(labels: Mapping[str, str], meaning: SeriesMeaning) -> str:
    """The name of the thing that a labelled series is about; "" where no label names one."""
    values = {owner.level: owner.value for owner in meaning.owners if owner.value}
    first = next((values[level] for level in _ABOUT if level in values), "")
    return first or next((labels[name] for name in ("service", "app") if labels.get(name)), "")


def with_owner(series: RecordedSeries) -> RecordedSeries:
    """The series under the service that its labels name; unchanged where it has one or they name none."""
    if series.service or not (series.labels or series.expression):
        return series
    return replace(series, service=owner_in(series.labels, series.meaning))


def engine_series(
    recorded: Iterable[RecordedSeries], baseline: Iterable[RecordedSeries] = ()
) -> tuple[TimeSeries, ...]:
    """Every series, with its values in normal operation if the baseline has them."""
    normal = {series.key: series for series in baseline}
    ids: dict[str, int] = {}
    return tuple(_engine_series(series, normal.get(series.key), ids) for series in recorded)


def _engine_series(series: RecordedSeries, normal: RecordedSeries | None, ids: dict[str, int]) -> TimeSeries:
    ids[series.id] = ids.get(series.id, 0) + 1
    number = ids[series.id]
    meaning = series.meaning
    labels = tuple(sorted(series.labels.items()))
    if series.statistic and "statistic" not in series.labels:
        labels += (("statistic", series.statistic),)
    timed = time_series(
        series.id if number == 1 else f"{series.id}#{number}",
        series.service,
        series.metric,
        series.times,
        series.values,
        series.unit or _certain_unit(meaning),
        labels=labels,
        baseline=None if normal is None else normal.values,
        baseline_times=None if normal is None else normal.times,
        meaning=meaning,
    )
    return rate_of_counter(timed)


def _certain_unit(meaning: SeriesMeaning) -> str:
    """The unit by the name, where it scales a limit: of times, shares and bytes."""
    scaled = meaning.role in {MeasuredRole.LATENCY, MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO}
    return meaning.unit if scaled else ""


def joined(recorded: Iterable[RecordedSeries]) -> list[RecordedSeries]:
    """Series with the same key and windows after each other become one, as of several pages of an export."""
    parts: dict[tuple[str, ...], list[RecordedSeries]] = {}
    for series in recorded:
        parts.setdefault(series.key, []).append(series)
    return [series for same in parts.values() for series in _pages(same)]


def _pages(same: list[RecordedSeries]) -> list[RecordedSeries]:
    timed = (series for series in same if np.isfinite(series.times).any())
    pages = sorted(timed, key=lambda series: np.nanmin(series.times))
    overlap = any(
        np.nanmax(earlier.times) > np.nanmin(later.times) for earlier, later in itertools.pairwise(pages)
    )
    if len(pages) < 2 or overlap:  # noqa: PLR2004  two pages make one series
        return same
    times = np.concatenate([page.times for page in pages])
    return [replace(pages[0], times=times, values=np.concatenate([page.values for page in pages]))]
