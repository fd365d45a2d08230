"""When a measurement is normal and when it is bad, by its level before and in an incident."""

import math
from dataclasses import dataclass

import numpy as np

from missions.measurement import MeasuredRole
from rca.series import Floats
from rca.verification_measurements import Measurement

ERRORS = frozenset({MeasuredRole.ERRORS, MeasuredRole.ERROR_RATIO, MeasuredRole.SUCCESS_RATIO})
_SIGMAS = 5.0
_SIGMA_PER_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
_NEAR = 0.3
"""Share of the way from the normal level to the incident's that still counts as normal."""
_FULL, _ROOM = 0.9, 0.75
"""Share of a limit at which a resource is used up, and up to which it has room again."""
_SHORTEST = 2  # samples of the shortest level
_FEWEST = 4  # samples that show a normal time and an incident
_TRIMMED = 0.2  # share of the highest samples that single failures may cause
_SECOND = {"seconds": 1.0, "s": 1.0, "milliseconds": 1e3, "ms": 1e3, "microseconds": 1e6, "us": 1e6}


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


def level(values: Floats, role: MeasuredRole) -> float:
    """The level of shape-(n,) oriented samples: the median; of errors the mean without the highest fifth.

    A service that fails a quarter of few requests has a median of zero.
    """
    if not values.size:
        return float("nan")
    if role in ERRORS:
        return float(np.sort(values)[: max(1, values.size - int(_TRIMMED * values.size))].mean())
    return float(np.median(values))


def levels_of(measurement: Measurement, sign: int, traffic: float | None) -> SymptomLevels | None:
    """The levels of a measurement that became bad, None for another one.

    `sign` is -1 where lower values are worse; `traffic` the service's usual requests a second, if known.
    """
    values, times = sign * measurement.values, measurement.times
    if values.size < _FEWEST:
        return None
    place = _turn(values)
    normal_values, incident_values = values[:place], values[place:]
    normal = level(normal_values, measurement.role)
    incident = _latest_level(incident_values, measurement.role)
    watched = _latest_count(incident_values.size)
    rise = _smallest_rise(measurement, abs(normal), traffic, _noise(normal_values), watched)
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
    rise = 2 * _smallest_rise(measurement, 0.0, traffic, 0.0, values.size)
    if min(bad, recent) - normal < rise:
        return None
    return _limits(measurement, normal, recent, rise / 2, 0.0, float("nan"))


def _smallest_rise(
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
