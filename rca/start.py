"""A window in which the system itself was started: the time before its first requests is no normal time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from rca.series import TimeSeries
from rca.signals import Signal
from rca.telemetry import Telemetry

_NOTHING = 0.02  # of the usual traffic
_MOST = 0.8  # share of the services whose traffic begins
_TOGETHER = 4.0  # steps between the first and the last of them
_LEAST_SERVICES = 2
_LEAST_LEFT = 16  # samples after the start
_LEAST_BEFORE = 3.0  # steps without traffic; dashboards begin a step or two apart


def since_start(telemetry: Telemetry) -> Telemetry:
    """The telemetry since the traffic of nearly all services began from nothing; unchanged if it did not.

    The query of a rate reaches back: its series count from when it holds nothing of the time before.
    """
    traffic = [series for series in telemetry.series if series.signal is Signal.TRAFFIC and series.size > 1]
    if not traffic:
        return telemetry
    first = min(float(series.times[0]) for series in traffic)
    step = max(series.step for series in traffic)
    begun = {name: _begun(mine) for name, mine in _by_service(traffic).items()}
    starts = [moment for moment in begun.values() if moment - first >= _LEAST_BEFORE * step]
    if len(starts) < max(_MOST * len(begun), _LEAST_SERVICES) or max(starts) - min(starts) > _TOGETHER * step:
        return telemetry
    moment = max(starts) + max(series.meaning.range_seconds or 0.0 for series in traffic)
    if max(np.count_nonzero(series.times >= moment) for series in traffic) < _LEAST_LEFT:
        return telemetry
    return replace(
        telemetry,
        series=tuple(_after(series, moment) for series in telemetry.series),
        started=max(starts),
    )


def _by_service(all_series: Iterable[TimeSeries]) -> dict[str, list[TimeSeries]]:
    services: defaultdict[str, list[TimeSeries]] = defaultdict(list)
    for series in all_series:
        services[series.service].append(series)
    return services


def _begun(traffic: Iterable[TimeSeries]) -> float:
    """When a service got its first requests in the window, epoch seconds; -inf where it got none."""
    moments = []
    for series in traffic:
        usual = series.values[series.values > 0]
        if usual.size:
            moments.append(float(series.times[np.argmax(series.values > _NOTHING * np.median(usual))]))
    return min(moments, default=-np.inf)


def _after(series: TimeSeries, moment: float) -> TimeSeries:
    late = series.times >= moment
    return series if late.all() else replace(series, times=series.times[late], values=series.values[late])
