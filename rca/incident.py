"""How likely it is that there is an incident at all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from rca.alerts import AlertSeverity
from rca.constants import CONSTANTS
from rca.ranking import weights
from rca.service_evidence import ServiceEvidence
from rca.shifts import LevelShift, strength_of


@dataclass(frozen=True)
class IncidentStrength:
    """What speaks for an incident anywhere; each is 0 where there is nothing to see."""

    slowest: float
    failing: float
    failed_share: float
    affected: float
    serious_alerts: float
    alerts: float
    error_logs: float
    lost: float
    resource: float
    full: float
    over: float
    brief: float


def incident_strength(
    evidence: ServiceEvidence, features: Mapping[str, Mapping[str, float]], over: float, brief: float
) -> IncidentStrength:
    """The strongest of all services.

    `over` is the share of the time since the onset, at its end, without symptoms, and `brief` the share of
    it in which they are not at their worst: a single bad sample is seldom an incident.
    """

    def highest(*names: str) -> float:
        return max((row[name] for row in features.values() for name in names), default=0.0)

    failures = [shift for shift in evidence.errors.values() if shift.clear]
    symptomatic = {
        name
        for shifts in (evidence.latency, evidence.errors)
        for name, shift in shifts.items()
        if shift.clear
    }
    measured = evidence.latency.keys() | evidence.errors.keys()
    serious = {alert.id for alert in evidence.alerts if alert.severity is AlertSeverity.ERROR}
    return IncidentStrength(
        slowest=_of(evidence.latency),
        failing=_of(evidence.errors),
        failed_share=max((min(_share(shift, evidence), 1.0) for shift in failures), default=0.0) ** 0.5,
        affected=len(symptomatic) / max(len(measured), 1),
        serious_alerts=float(np.log1p(len(serious))),
        alerts=float(np.log1p(len(evidence.alerts) - len(serious))),
        error_logs=float(np.log1p(sum(spike.template.is_error for spike in evidence.spikes))),
        lost=highest("traffic_lost", "gone", "down"),
        resource=highest("cpu", "memory", "usage", "saturation", "queue", "held"),
        full=highest("full"),
        over=over,
        brief=brief,
    )


def _of(shifts: Mapping[str, LevelShift]) -> float:
    """The strongest shift, without what the largest of many services has by chance."""
    return max((_beyond_chance(shift) for shift in shifts.values()), default=0.0)


def _beyond_chance(shift: LevelShift) -> float:
    return strength_of(shift.z - CONSTANTS.chance, shift.size)


def _share(shift: LevelShift, evidence: ServiceEvidence) -> float:
    """The share of requests that fail beyond the usual ones."""
    if shift.series.is_share:
        return shift.rise
    requests = evidence.requests.get(shift.series.service, 0.0)
    return shift.rise / requests if requests > 0 else shift.rise


def incident_probability(strength: IncidentStrength) -> float:
    """0..1, by the fitted logistic curve."""
    fitted = weights()["incident"]
    score = float(fitted["bias"]) + sum(
        fitted["weights"].get(name, 0.0) * value for name, value in asdict(strength).items()
    )
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))
