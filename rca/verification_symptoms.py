"""What was bad in an incident: the measurements that must be well again after an action."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from missions.measurement import MeasuredRole
from rca.verification_levels import ERRORS, SymptomLevels, levels_of
from rca.verification_measurements import Measurement, MeasurementKey
from rca.verification_traffic import IDLE, TrafficLevels, with_silence

_BARELY = 2.0
"""Strength below which a symptom only supports, if another one is this many times as strong."""
_DECISIVE = ERRORS | {MeasuredRole.LATENCY, MeasuredRole.UP, MeasuredRole.TRAFFIC}
_SUPPORTING = frozenset({MeasuredRole.SATURATION, MeasuredRole.QUEUE})


class Weight(StrEnum):
    """How much a symptom says about the end of an incident.

    `DECISIVE`: what users get, or what the diagnosis cites. `SUPPORTING`: a resource, less traffic or a
    running mean. While it is still bad it prevents "recovered"; it never proves "not recovered".
    """

    DECISIVE = "decisive"
    SUPPORTING = "supporting"


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
        levels = levels_of(measurement, sign, traffic.usual(measurement.service))
        if levels is not None:
            left = measurement.role is not MeasuredRole.TRAFFIC or _has_left(levels)
            return IncidentSymptom(measurement, levels, weight if left else Weight.SUPPORTING, sign)
    return None


def _has_left(levels: SymptomLevels) -> bool:
    """Whether next to no traffic is left: less of it may have other reasons than the incident."""
    return abs(levels.incident) < IDLE * abs(levels.normal)
