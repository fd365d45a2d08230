"""The traffic of each service over time: without it, the absence of errors proves nothing."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from missions.measurement import MeasuredRole
from rca.constants import CONSTANTS
from rca.series import Floats
from rca.verification_measurements import Measurement

IDLE = 0.1
"""Share of the normal traffic below which next to none is left."""


class TrafficLevels:
    """When each service had traffic, and how much."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._of: dict[str, list[Measurement]] = {}
        for measurement in measurements:
            if measurement.role is MeasuredRole.TRAFFIC and measurement.values.size:
                self._of.setdefault(measurement.service, []).append(measurement)

    def usual(self, service: str) -> float | None:
        """The median of the service's busiest traffic measurement; None where none is known."""
        levels = [float(np.median(measurement.values)) for measurement in self._of.get(service, ())]
        return max(levels, default=None)

    def times(self, service: str) -> Floats:
        """When the service had traffic, epoch seconds."""
        busy = [m.times[m.values > 0] for m in self._of.get(service, ())]
        return np.unique(np.concatenate(busy)) if busy else np.array([])

    def is_idle(self, service: str, usual: float | None, since: float) -> bool:
        """Whether a service with usual traffic has next to none since a time, epoch seconds."""
        if usual is None or usual <= 0:
            return False
        levels = [
            float(np.median(m.values[m.times > since]))
            for m in self._of.get(service, ())
            if np.any(m.times > since)
        ]
        return max(levels, default=0.0) < IDLE * usual


def with_silence(measurement: Measurement, traffic: TrafficLevels, end: float) -> Measurement:
    """The measurement with zeros where its absence means zero.

    A counter of errors does not exist before the first error, and after a restart: while the service has
    traffic, there are none. Traffic that ends some time before its dashboard does is traffic that left.
    """
    if measurement.role in {MeasuredRole.ERRORS, MeasuredRole.ERROR_RATIO}:
        times = traffic.times(measurement.service)
    elif measurement.role is MeasuredRole.TRAFFIC and measurement.step > 0 and measurement.times.size:
        last = float(measurement.times[-1])
        newest = end if measurement.source_end is None else measurement.source_end
        if newest - last <= CONSTANTS.ended * measurement.step:  # a sample may be late
            return measurement
        times = np.arange(last + measurement.step, newest, measurement.step)
    else:
        return measurement
    return _filled(measurement, times)


def _filled(measurement: Measurement, times: Floats) -> Measurement:
    apart = measurement.step or 1.0
    if measurement.times.size:
        places = np.searchsorted(measurement.times, times)
        later = measurement.times[np.minimum(places, measurement.times.size - 1)]
        earlier = measurement.times[np.maximum(places - 1, 0)]
        times = times[np.minimum(np.abs(later - times), np.abs(times - earlier)) > apart / 2]
    if not times.size:
        return measurement
    all_times = np.concatenate([measurement.times, times])
    values = np.concatenate([measurement.values, np.zeros(times.size)])
    order = np.argsort(all_times)
    return replace(measurement, times=all_times[order], values=values[order])
