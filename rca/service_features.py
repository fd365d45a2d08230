"""What speaks for each service as the origin: a few numbers that a person can read.

Each is 0 where there is nothing to see. Strengths are logarithms of usual deviations (0 to 4), shares are
0..1.
"""

import numpy as np

from rca.alerts import AlertSeverity
from rca.constants import CONSTANTS
from rca.log_templates import is_unresolved
from rca.service_evidence import ServiceEvidence
from rca.shifts import LEAST_STRENGTH, LevelShift
from rca.signals import Signal
from rca.state_features import backend_features, is_absent, state_features
from rca.symptom_features import errors_of, latency_of, symptom_features, unexplained_share

_MOST_ALERTS = 4
QUIET_CHANGE = 0.3
"""What a change counts for a service without symptoms of its own."""
_REASONS = ("logs", "serious_alerts", "full", "restarts", "down", "gone")
"""What tells of a fault of a service's own, whatever its requests show."""
_AFFECTED = 0.5  # strength from which a caller counts as affected


def features_of(evidence: ServiceEvidence) -> dict[str, dict[str, float]]:
    """The features of every service."""
    shifts: dict[str, list[LevelShift]] = {name: [] for name in evidence.services}
    for shift in evidence.shifts:
        shifts.setdefault(shift.series.service, []).append(shift)
    absent = frozenset(
        name for name, mine in shifts.items() if is_absent(mine) and name not in evidence.stopped
    )
    slow, failing = latency_of(evidence, absent), errors_of(evidence, absent)
    affected = _affected(evidence)
    growth = _growth(evidence)
    usual = float(np.median([growth.get(name, 0.0) for name in evidence.requests] or [0.0]))
    features = {}
    for name in evidence.services:
        unexplained = unexplained_share(name, slow, failing)
        is_mapped = name in evidence.graph.distances
        latency = evidence.latency.get(name)
        features[name] = {
            **symptom_features(name, slow, is_mapped=is_mapped),
            **symptom_features(name, failing, is_mapped=is_mapped),
            "amplified": float(np.clip(growth.get(name, 0.0) - max(usual, 0.0), 0.0, 4.0)),
            "unmeasured": float(latency is None and name not in evidence.errors),
            **state_features(shifts[name], latency, stopped=name in evidence.stopped),
            **backend_features(shifts[name], is_backend=name in evidence.backends),
            **_records(name, evidence, unexplained),
            "change": _change(name, evidence, unexplained),
            **_place(name, evidence, shifts[name], affected),
        }
    return _with_reasons(features, evidence, affected)


def _with_reasons(
    features: dict[str, dict[str, float]], evidence: ServiceEvidence, affected: frozenset[str]
) -> dict[str, dict[str, float]]:
    """Adds what a service that answers as ever shows of a reason for what its callers suffer."""
    with_reason = {
        name
        for name, row in features.items()
        if name not in affected
        and (any(row[each] > 0 for each in _REASONS) or row["self_time"] >= LEAST_STRENGTH)
    }
    callees = {name: evidence.graph.callees.get(name, frozenset()) - {name} for name in affected}
    for spike in evidence.spikes:
        # A service that logs an error about another one calls it.
        if spike.template.is_error and spike.template.service in affected:
            callees[spike.template.service] |= spike.mentions
    below = {name for name in affected if not with_reason.isdisjoint(callees[name])}
    reached = frozenset().union(*(callees[name] for name in below))
    return {
        name: {
            **row,
            "reason": float(name in with_reason and (name in reached or _is_below(name, evidence, affected))),
            "reason_below": float(name in below),
        }
        for name, row in features.items()
    }


def _is_below(name: str, evidence: ServiceEvidence, affected: frozenset[str]) -> bool:
    """Whether a service with a symptom calls this one, directly or not."""
    return any(other in affected for other in evidence.graph.distances.get(name, {}))


def _growth(evidence: ServiceEvidence) -> dict[str, float]:
    """How much each service's work has grown: natural logarithm, less for a growth that hardly matters."""
    growth: dict[str, float] = {}
    for shift in evidence.shifts:
        if shift.series.signal is Signal.TRAFFIC and abs(shift.z) >= CONSTANTS.clear:
            service = shift.series.service
            growth[service] = max(growth.get(service, 0.0), shift.growth * min(abs(shift.size), 1.0))
    return growth


def _records(name: str, evidence: ServiceEvidence, unexplained: float | None) -> dict[str, float]:
    """Logs and alerts; an alert counts less where callees explain what it is about."""
    share = 1.0 if unexplained is None else unexplained
    errors = [spike for spike in evidence.spikes if spike.template.is_error]
    mine = [alert for alert in evidence.alerts if alert.service == name]
    first = min((alert.at for alert in evidence.alerts), default=0.0)
    serious = {alert.name for alert in mine if alert.severity is AlertSeverity.ERROR}
    return {
        "logs": float(any(spike.template.service == name and not spike.mentions for spike in errors)),
        "logs_naming_others": float(
            any(spike.template.service == name and spike.mentions for spike in errors)
        ),
        "named_in_logs": float(any(name in spike.mentions for spike in errors)),
        "unresolved": float(
            any(name in spike.mentions and is_unresolved(spike.template) for spike in errors)
        ),
        "alerts": share * float(np.log1p(min(len({alert.name for alert in mine}), _MOST_ALERTS))),
        "serious_alerts": share * float(np.log1p(min(len(serious), _MOST_ALERTS))),
        "first_alert": share * float(bool(mine) and min(alert.at for alert in mine) <= first + evidence.step),
    }


def _change(name: str, evidence: ServiceEvidence, unexplained: float | None) -> float:
    """1 for a change just before, less where callees explain what the service suffers."""
    if name not in evidence.changes:
        return 0.0
    return QUIET_CHANGE if unexplained is None else unexplained


def _affected(evidence: ServiceEvidence) -> frozenset[str]:
    """The services with a symptom."""
    return frozenset(
        name
        for shifts in (evidence.latency, evidence.errors)
        for name, shift in shifts.items()
        if shift.strength >= _AFFECTED
    )


def _place(
    name: str, evidence: ServiceEvidence, shifts: list[LevelShift], affected: frozenset[str]
) -> dict[str, float]:
    """Where the service is in the call graph."""
    reaching = evidence.graph.distances.get(name, {})
    callers = [other for other, distance in reaching.items() if distance == 1]
    may_be_bad = name in affected or (name not in evidence.latency and name not in evidence.errors)
    callees = evidence.graph.callees.get(name, frozenset()) - {name}
    wait = max((shift.strength for shift in shifts if shift.series.signal is Signal.WAIT), default=0.0)
    reported = evidence.reported.service if evidence.reported else ""
    silent = name not in affected and sum(caller in affected for caller in callers) > 1
    return {
        "affected_callers": sum(caller in affected for caller in callers) / len(callers)
        if callers and may_be_bad
        else 0.0,
        "silent": float(silent),
        # What is seen explains a wait better than what is not.
        "wait": 0.0 if any(callee in affected for callee in callees) else wait,
        "reported": float(name == reported),
        "unreached": float(bool(reaching and reported) and reported not in {*reaching, name}),
    }
