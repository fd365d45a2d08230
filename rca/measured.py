"""What was measured: the time that the evidence covers, and the series that count in it."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from rca.error_counts import LOGS_PREFIX, error_count_series
from rca.log_templates import LogTemplate
from rca.seasonality import deseasonalized
from rca.series import TimeSeries
from rca.signals import Signal
from rca.spans import SPANS_PREFIX
from rca.telemetry import Telemetry
from rca.times import epoch_seconds

_SUBSTITUTES = (SPANS_PREFIX, LOGS_PREFIX)
"""Series computed from traces and logs stand in for missing metrics, in this order."""
_MOST_OF_LOGS = 0.5  # share of the logs' time that traces must cover


def within_measured_time(telemetry: Telemetry) -> Telemetry:
    """The telemetry without log lines outside of the time that the metrics cover, with a margin of a step."""
    sampled = covering_series(telemetry)
    if not sampled:
        return telemetry
    margin = max((series.step for series in sampled if series.size > 1), default=60.0)
    start = min(float(series.times[0]) for series in sampled) - margin
    end = max(float(series.times[-1]) for series in sampled) + margin
    return replace(
        telemetry,
        logs=tuple(line for line in telemetry.logs if start <= epoch_seconds(line.at) <= end),
        log_templates=tuple(_clipped(telemetry.log_templates, start, end)),
    )


def covering_series(telemetry: Telemetry) -> list[TimeSeries]:
    """The series that show of what time the evidence is: metrics, else traces if they cover most of the logs.

    A page often has the latest traces only, and a panel of one moment has one sample.
    """
    sampled = [series for series in telemetry.series if series.size > 1]
    metrics = [series for series in sampled if not series.metric.startswith(_SUBSTITUTES)]
    times = [at for template in telemetry.log_templates for at in template.times]
    if metrics or not sampled or not times:
        return metrics or sampled
    covered = max(float(s.times[-1]) for s in sampled) - min(float(s.times[0]) for s in sampled)
    return sampled if covered >= _MOST_OF_LOGS * (max(times) - min(times)) else []


def _clipped(templates: Iterable[LogTemplate], start: float, end: float) -> Iterable[LogTemplate]:
    for template in templates:
        times = np.frombuffer(template.times, dtype=np.float64)
        inside = times[(times >= start) & (times <= end)]
        if inside.size == times.size:
            yield template
        elif inside.size:
            yield template.between(start, end)


def measured_series(telemetry: Telemetry) -> list[TimeSeries]:
    """All series without their seasons; what traces and logs tell stands in for missing metrics.

    Traces in which nothing ever fails measure no failures: many libraries mark no span.
    """
    series = [*map(deseasonalized, telemetry.series), *error_count_series(telemetry.log_templates)]
    for place, prefix in enumerate(_SUBSTITUTES):
        better = {
            (item.service, item.signal)
            for item in series
            if not item.metric.startswith(_SUBSTITUTES[place:]) and item.size and not _marks_nothing(item)
        }
        series = [
            item
            for item in series
            if not item.metric.startswith(prefix) or (item.service, item.signal) not in better
        ]
    return series


def _marks_nothing(series: TimeSeries) -> bool:
    """Whether these are the failures of traces, and there are none."""
    return (
        series.metric.startswith(SPANS_PREFIX)
        and series.signal in {Signal.ERRORS, Signal.OWN_ERRORS}
        and not series.values.any()
    )
