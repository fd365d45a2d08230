"""What was bad in an incident: the measurements that must be well again after an action."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from missions.measurement import MeasuredRole
from rca.constants import CONSTANTS
from rca.series import Floats
from rca.verification_measurements import Measurement, MeasurementKey

_SIGMAS = 5.0
_SIGMA_PER_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
_NEAR = 0.3
"""Share of the way from the normal level to the incident's that still counts as normal."""
_FULL, _ROOM = 0.9, 0.75
"""Share of a limit at which a resource is used up, and up to which it has room again."""
_SHORTEST = 2  # samples of the shortest level
_FEWEST = 4  # samples that show a normal time and an incident
_TRIMMED = 0.2  # share of the highest samples that single failures may cause
_BARELY = 2.0
"""Strength below which a symptom only supports, if another one is this many times as strong."""
_IDLE = 0.1  # share of the normal traffic below which the absence of errors proves nothing

_ERRORS = frozenset({MeasuredRole.ERRORS, MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO})
_DECISIVE = _ERRORS | {MeasuredRole.LATENCY, MeasuredRole.UP, MeasuredRole.TRAFFIC}
_SUPPORTING = frozenset({MeasuredRole.SATURATION, MeasuredRole.QUEUE})
_SECOND = {"seconds": 1.0, "s": 1.0, "milliseconds": 1e3, "ms": 1e3, "microseconds": 1e6, "us": 1e6}


class Weight(StrEnum):
    """How much a symptom says about the end of an incident.

    `DECISIVE`: what users get, or what the diagnosis cites. `SUPPORTING`: a resource, less traffic or a
    running mean. While it is still bad it prevents "recovered"; it never proves "not recovered".
    """

    DECISIVE = "decisive"
    SUPPORTING = "supporting"


@dataclass(frozen=True)
class SymptomLevels:
    """Levels of one measurement, oriented so that higher is worse, in its unit.

    Up to `good` the level is normal, from `bad` on it is not. `strength` is the rise over the smallest that
    counts: 1 and more. `onset` in epoch seconds, NaN where the whole window was bad.
    """

    normal: float
    incident: float
    good: float
    bad: float
    strength: float
    onset: float


@dataclass(frozen=True)
class IncidentSymptom:
    """A measurement that was bad in the incident; `sign` is -1 where lower values are worse."""

    measurement: Measurement
    levels: SymptomLevels
    weight: Weight
    sign: int


def symptoms_of(
    measurements: Sequence[Measurement], cited: frozenset[str], end: float
) -> tuple[IncidentSymptom, ...]:
    """The symptoms among these measurements; `cited` are ids of series, `end` the window's, epoch seconds."""
    traffic = TrafficLevels(measurements)
    symptoms = (_symptom(measurement, cited, traffic, end) for measurement in measurements)
    wholes = [m.key for m in measurements if m.role is MeasuredRole.LATENCY]
    return _weighed(tuple(symptom for symptom in symptoms if symptom is not None), wholes, cited)


def _weighed(
    symptoms: tuple[IncidentSymptom, ...], latencies: Sequence[MeasurementKey], cited: frozenset[str]
) -> tuple[IncidentSymptom, ...]:
    """The symptoms; some that could decide only support where clearer ones exist.

    A running mean of unknown window ("the average of the last 1024 requests") shows an incident long after
    its end. A change that was barely one may come from elsewhere. A latency of one path or operation has few
    requests where the latency of the whole service is measured, too.
    """
    decisive = [symptom for symptom in symptoms if symptom.weight is Weight.DECISIVE]
    has_clearer = any(not symptom.measurement.is_running_mean for symptom in decisive)
    strongest = max((symptom.levels.strength for symptom in decisive), default=0.0)

    def supports_only(symptom: IncidentSymptom) -> bool:
        strength = symptom.levels.strength
        barely = strength < _BARELY and strongest >= _BARELY * strength
        is_cited = bool(symptom.measurement.ids & cited)
        running = has_clearer and symptom.measurement.is_running_mean
        return running or ((barely or _is_part(symptom.measurement, latencies)) and not is_cited)

    return tuple(
        replace(symptom, weight=Weight.SUPPORTING) if supports_only(symptom) else symptom
        for symptom in symptoms
    )


def _is_part(measurement: Measurement, latencies: Sequence[MeasurementKey]) -> bool:
    """Whether it is a latency of a part of what another measurement of its service shows whole."""
    labels = set(measurement.key.labels)
    return measurement.role is MeasuredRole.LATENCY and any(
        key.service == measurement.service and set(key.labels) < labels for key in latencies
    )


def level(values: Floats, role: MeasuredRole) -> float:
    """The level of shape-(n,) oriented samples: the median; of errors the mean without the highest fifth.

    A service that fails a quarter of few requests has a median of zero.
    """
    if not values.size:
        return float("nan")
    if role in _ERRORS:
        return float(np.sort(values)[: max(1, values.size - int(_TRIMMED * values.size))].mean())
    return float(np.median(values))


class TrafficLevels:
    """The traffic of each service over time: without it, the absence of errors proves nothing."""

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
        return max(levels, default=0.0) < _IDLE * usual


def _symptom(
    measurement: Measurement, cited: frozenset[str], traffic: TrafficLevels, end: float
) -> IncidentSymptom | None:
    is_cited = bool(measurement.ids & cited)
    if measurement.role is MeasuredRole.TRAFFIC and "bytes" in measurement.key.unit and not is_cited:
        return None  # a disk or a network that does less is nothing that a user notices
    if measurement.role in _DECISIVE:
        weight = Weight.DECISIVE
    elif measurement.role in _SUPPORTING or is_cited:
        weight = Weight.DECISIVE if is_cited else Weight.SUPPORTING
    else:
        return None
    measurement = with_silence(measurement, traffic, end)
    signs = (measurement.sign,) if measurement.role in _DECISIVE | _SUPPORTING else (1, -1)
    for sign in signs:  # a measurement of no known direction may turn either way
        levels = _levels(measurement, sign, traffic.usual(measurement.service))
        if levels is not None:
            left = measurement.role is not MeasuredRole.TRAFFIC or _has_left(levels)
            return IncidentSymptom(measurement, levels, weight if left else Weight.SUPPORTING, sign)
    return None


def _has_left(levels: SymptomLevels) -> bool:
    """Whether next to no traffic is left: less of it may have other reasons than the incident."""
    return abs(levels.incident) < _IDLE * abs(levels.normal)


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


def _levels(measurement: Measurement, sign: int, traffic: float | None) -> SymptomLevels | None:
    values, times = sign * measurement.values, measurement.times
    if values.size < _FEWEST:
        return None
    place = _turn(values)
    normal_values, incident_values = values[:place], values[place:]
    normal = level(normal_values, measurement.role)
    incident = _latest_level(incident_values, measurement.role)
    watched = _latest_count(incident_values.size)
    rise = smallest_rise(measurement, abs(normal), traffic, _noise(normal_values), watched)
    # Where nothing is known of what it measures, and it was always zero, half of the rise is bad.
    rise = rise or (incident - normal) / 2
    if 0 < rise <= incident - normal:
        return _limits(measurement, normal, incident, rise, _noise(normal_values), float(times[place]))
    return _bad_throughout(measurement, sign, values, traffic)


def _limits(
    measurement: Measurement, normal: float, incident: float, rise: float, noise: float, onset: float
) -> SymptomLevels:
    near = normal + min(rise, max(_NEAR * (incident - normal), 2 * noise))
    bad = normal + rise
    capacity = _capacity(measurement)
    if capacity is not None and incident >= _FULL * capacity:
        near, bad = max(near, _ROOM * capacity), max(bad, _FULL * capacity)
    strength = (incident - normal) / rise
    return SymptomLevels(normal, incident, good=near, bad=max(bad, near), strength=strength, onset=onset)


def _bad_throughout(
    measurement: Measurement, sign: int, values: Floats, traffic: float | None
) -> SymptomLevels | None:
    """Levels where the window holds no normal time, of what is bad in any system."""
    role, bad = measurement.role, level(values, measurement.role)
    recent = _latest_level(values, role)
    match role:
        case MeasuredRole.ERROR_RATIO | MeasuredRole.ERRORS:
            normal = 0.0
        case MeasuredRole.SUCCESS_RATIO | MeasuredRole.UP:
            normal = sign * (_capacity(measurement) or 1.0)
        case _:
            return None
    rise = 2 * smallest_rise(measurement, 0.0, traffic, 0.0, values.size)
    if min(bad, recent) - normal < rise:
        return None
    return _limits(measurement, normal, recent, rise / 2, 0.0, float("nan"))


def smallest_rise(
    measurement: Measurement, usual: float, traffic: float | None, noise: float, samples: int
) -> float:
    """The smallest rise above the level `usual` that a person would call a change, in the unit.

    `noise` is the spread of single samples, `samples` how many the level afterwards is taken from.
    """
    whole = 100.0 if measurement.key.unit in {"percent", "%"} else 1.0
    match measurement.role:
        case MeasuredRole.ERROR_RATIO | MeasuredRole.SUCCESS_RATIO:
            absolute, relative = 0.03 * whole, 0.0 if measurement.sign < 0 else 1.0
        case MeasuredRole.ERRORS:
            absolute, relative = max(0.03 * (traffic or 0.0), 0.05), 1.0
        case MeasuredRole.LATENCY:
            absolute, relative = 0.05 * _SECOND.get(measurement.key.unit, 1.0), 0.75
        case MeasuredRole.TRAFFIC:
            absolute, relative = 0.2, 0.5
        case MeasuredRole.UP:
            absolute, relative = 0.5, 0.0
        case MeasuredRole.SATURATION:
            absolute, relative = 0.25 * whole, 0.0
        case MeasuredRole.QUEUE:
            absolute, relative = 5.0, 1.0
        case _:
            absolute, relative = 0.0, 0.5
    seconds = measurement.range_seconds + max(samples - 1, 1) * measurement.step
    counted = _counting_noise(measurement, usual, traffic, whole, seconds)
    return max(absolute, relative * usual, _SIGMAS * noise, _SIGMAS * counted)


def _counting_noise(
    measurement: Measurement, usual: float, traffic: float | None, whole: float, seconds: float
) -> float:
    """The spread that single failures cause, as a Poisson count within `seconds`; 0 for other roles."""
    match measurement.role:
        case MeasuredRole.ERRORS if seconds > 0:
            return math.sqrt(max(usual * seconds, 1.0)) / seconds
        case MeasuredRole.ERROR_RATIO | MeasuredRole.SUCCESS_RATIO if seconds > 0 and traffic:
            requests = traffic * seconds
            failing = whole - usual if measurement.sign < 0 else usual
            return whole * math.sqrt(max(failing / whole * requests, 1.0)) / requests
    return 0.0


def _capacity(measurement: Measurement) -> float | None:
    """The value at which a share is used up; None for amounts."""
    shares = {MeasuredRole.SATURATION, MeasuredRole.SUCCESS_RATIO, MeasuredRole.ERROR_RATIO}
    if measurement.role not in shares:
        return None
    return {"ratio": 1.0, "percent": 100.0, "%": 100.0}.get(measurement.key.unit)


def _turn(values: Floats) -> int:
    """The place that splits shape-(n,) values into two levels best: the first sample of the second."""
    places = np.arange(_SHORTEST, values.size - _SHORTEST + 1)
    sums = np.cumsum(values)
    left, right = sums[places - 1] / places, (sums[-1] - sums[places - 1]) / (values.size - places)
    between = (right - left) ** 2 * places * (values.size - places)
    return int(places[np.argmax(np.where(right > left, between, -1.0))])


def _latest_level(values: Floats, role: MeasuredRole) -> float:
    """The level of the last third: a symptom that has passed is none, and a slow rise counts at its end."""
    return level(values[-_latest_count(values.size) :], role)


def _latest_count(size: int) -> int:
    return min(size, max(_SHORTEST + 1, size // 3))


def _noise(values: Floats) -> float:
    """The spread of shape-(n,) values of one level."""
    robust = _SIGMA_PER_MAD * float(np.median(np.abs(values - np.median(values))))
    return max(robust, 0.5 * float(np.std(values)))
