"""Time series as arrays."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from missions.evidence import Series
from missions.measurement import MeasuredRole
from rca.signals import Signal, signal_of
from rca.times import LATEST
from semantics.engine import meaning_of
from semantics.expressions import read_expression
from semantics.meaning import SeriesDescription, SeriesMeaning
from semantics.series import meaning_of_series
from semantics.syntax import SeriesSelector

Floats = NDArray[np.float64]

_MAX_VALUE = 1e100  # sums and squares of smaller values are finite
_MAX_SAMPLES = 5000  # longer series become medians of blocks
_SHARES = frozenset({MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO, MeasuredRole.SATURATION})


@dataclass(frozen=True)
class TimeSeries:
    """One series: `times` (epoch seconds, rising) and `values` (finite), both of shape (n,).

    `baseline`, shape (m,), holds values of normal operation at another time, where they were recorded.
    `baseline_times` are their times (rising), or empty where these are not known. `sign` is -1 where lower
    values are worse. `name` is what people call the series, `meaning` what it measures, with the basis of
    each answer. `source_end` is the newest sample of the same dashboard within the window (epoch
    seconds), None where it is not known: a series that ends earlier has ended.
    """

    id: str
    service: str
    metric: str
    unit: str
    labels: tuple[tuple[str, str], ...]
    name: str
    meaning: SeriesMeaning
    signal: Signal
    times: Floats
    values: Floats
    baseline: Floats = field(default_factory=lambda: np.array([]))
    baseline_times: Floats = field(default_factory=lambda: np.array([]))
    sign: int = 1
    source_end: float | None = None

    @property
    def oriented(self) -> Floats:
        """The values with the sign that makes higher values worse."""
        return self.sign * self.values

    @property
    def is_share(self) -> bool:
        """Whether values are shares, 0..1 or 0..100."""
        return self.meaning.unit in {"ratio", "percent"} or (
            not self.meaning.unit and self.meaning.role in _SHARES
        )

    @property
    def size(self) -> int:
        """Number of samples."""
        return int(self.times.size)

    @property
    def step(self) -> float:
        """Median seconds between samples; NaN for fewer than two."""
        return float(np.median(np.diff(self.times))) if self.size > 1 else float("nan")


def series_of(recorded: Series) -> TimeSeries:
    """The arrays of recorded points."""
    points = [(time, np.nan if value is None else value) for time, value in recorded.points]
    meaning = meaning_of_series(recorded)
    times, values = np.array(points, dtype=np.float64).reshape(-1, 2).T
    return time_series(
        recorded.id,
        recorded.service,
        _metric(recorded),
        times,
        values,
        meaning.unit,
        tuple(sorted(recorded.labels.items())),
        meaning=meaning,
        name=recorded.name,
    )


def _metric(recorded: Series) -> str:
    """A person's name for the series, or its metric; what an expression makes of one is another metric."""
    named = recorded.mapping.metric if recorded.mapping else None
    if named or recorded.product not in {"prometheus", "loki"}:
        return named or recorded.metric
    plain = isinstance(read_expression(recorded.query, recorded.product), SeriesSelector)
    return recorded.metric if plain and recorded.metric else recorded.query


def time_series(
    series_id: str,
    service: str,
    metric: str,
    times: Floats,
    values: Floats,
    unit: str = "",
    labels: tuple[tuple[str, str], ...] = (),
    baseline: Floats | None = None,
    baseline_times: Floats | None = None,
    meaning: SeriesMeaning | None = None,
    name: str = "",
) -> TimeSeries:
    """A series from shape-(n,) times (epoch seconds, any order) and values (NaN for gaps).

    `baseline` and `baseline_times` have shape (m,). Samples that are not finite are dropped, the last of
    several samples with the same time is kept, and a long series becomes medians of blocks. Without a given
    `meaning` it is what the metric, the labels and the unit say.
    """
    times, values = _cleaned(times, values)
    if times.size > _MAX_SAMPLES:
        blocks = np.array_split(np.arange(times.size), _MAX_SAMPLES)
        times = np.array([times[block[0]] for block in blocks])
        values = np.array([np.median(values[block]) for block in blocks])
    usual = np.array([]) if baseline is None else baseline[np.isfinite(baseline)]
    usual_times = np.array([])
    if baseline is not None and baseline_times is not None:
        usual_times, usual = _cleaned(baseline_times, baseline)
    if meaning is None:
        meaning = meaning_of(SeriesDescription(metric=metric, labels=dict(labels), unit=unit))
    return TimeSeries(
        id=series_id,
        service=service,
        metric=metric,
        name=name or metric,
        unit=unit,
        labels=labels,
        meaning=meaning,
        signal=signal_of(meaning, metric, dict(labels)),
        times=times,
        values=values,
        baseline=usual[np.abs(usual) < _MAX_VALUE],
        baseline_times=usual_times,
        sign=-1 if meaning.falling_is_bad else 1,
    )


def _cleaned(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Sorted by time, with finite values and one sample for each time."""
    good = np.isfinite(times) & np.isfinite(values)
    good &= (np.abs(np.where(good, values, 0)) < _MAX_VALUE) & (np.where(good, times, -1) >= 0)
    good &= np.where(good, times, 0) <= LATEST
    times, values = times[good], values[good]
    # np.unique keeps the first of equal times; reversing keeps the last.
    times, places = np.unique(times[::-1], return_index=True)
    return times, values[::-1][places]
