"""What speaks for each service as the origin: a few numbers that a person can read.

Each is 0 where there is nothing to see. Strengths are logarithms of usual deviations (0 to 4), shares are
0..1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from missions.evidence import Change
from rca.alerts import Alert, AlertSeverity
from rca.call_graph import CallGraph
from rca.constants import CONSTANTS
from rca.log_templates import LogSpike, is_unresolved
from rca.reported_symptom import ReportedSymptom
from rca.shifts import LEAST_STRENGTH, LevelShift
from rca.signals import Signal
from rca.spread import Spread, spread_of
from rca.state_features import backend_features, is_absent, state_features

_UNREPORTED = 0.3  # weight of errors where latency was reported, and the other way round
_MOST_ALERTS = 4
_LEAST_WORSE = 1e-3  # smaller shares are not compared with one another
QUIET_CHANGE = 0.3
"""What a change counts for a service without symptoms of its own."""
_REASONS = ("logs", "serious_alerts", "full", "restarts", "down", "gone")
"""What tells of a fault of a service's own, whatever its requests show."""
_AFFECTED = 0.5  # strength from which a caller counts as affected


@dataclass(frozen=True)
class ServiceEvidence:
    """What an analysis has found, before it is weighed. `latency` and `errors` have one shift a service."""

    services: tuple[str, ...]
    reported: ReportedSymptom | None
    graph: CallGraph
    shifts: tuple[LevelShift, ...]
    latency: Mapping[str, LevelShift]
    errors: Mapping[str, LevelShift]
    requests: Mapping[str, float]
    alerts: tuple[Alert, ...]
    spikes: tuple[LogSpike, ...]
    changes: Mapping[str, Change]
    stopped: frozenset[str]
    step: float
    backends: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Symptoms:
    """One symptom of all services. `worst` is how much each one's worst work suffers, as `_worst` says."""

    signal: Signal
    weight: float
    shifts: Mapping[str, LevelShift]
    spread: Spread
    worst: Mapping[str, float]
    highest: float
    fastest: float
    clear: float


def features_of(evidence: ServiceEvidence) -> dict[str, dict[str, float]]:
    """The features of every service."""
    shifts: dict[str, list[LevelShift]] = {name: [] for name in evidence.services}
    for shift in evidence.shifts:
        shifts.setdefault(shift.series.service, []).append(shift)
    absent = frozenset(
        name for name, mine in shifts.items() if is_absent(mine) and name not in evidence.stopped
    )
    slow = _symptoms(Signal.LATENCY, evidence.latency, _excess_time(evidence), absent, evidence)
    failing = _symptoms(Signal.ERRORS, evidence.errors, _excess_failures(evidence), absent, evidence)
    affected = _affected(evidence)
    growth = _growth(evidence)
    usual = float(np.median([growth.get(name, 0.0) for name in evidence.requests] or [0.0]))
    features = {}
    for name in evidence.services:
        unexplained = _unexplained(name, slow, failing)
        is_mapped = name in evidence.graph.distances
        latency = evidence.latency.get(name)
        features[name] = {
            **_symptom_features(name, slow, is_mapped=is_mapped),
            **_symptom_features(name, failing, is_mapped=is_mapped),
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


def _symptoms(
    signal: Signal,
    shifts: Mapping[str, LevelShift],
    excess: Mapping[str, float],
    absent: frozenset[str],
    evidence: ServiceEvidence,
) -> _Symptoms:
    role = evidence.reported.signal if evidence.reported else None
    return _Symptoms(
        signal=signal,
        weight=1.0 if role in {None, signal} else _UNREPORTED,
        shifts=shifts,
        spread=spread_of(_with_absent(excess, absent), evidence.services, evidence.graph),
        worst=_worst(signal, evidence),
        highest=max((shift.strength for shift in shifts.values()), default=0.0),
        fastest=max((shift.growth for shift in shifts.values() if shift.z >= CONSTANTS.clear), default=0.0),
        clear=sum(shift.strength for shift in shifts.values() if shift.clear),
    )


def _with_absent(excess: Mapping[str, float], absent: frozenset[str]) -> dict[str, float]:
    """A service that does not answer explains whatever its callers suffer."""
    most = max(excess.values(), default=0.0)
    return {**excess, **dict.fromkeys(absent, most)} if most > 0 else dict(excess)


def _excess_time(evidence: ServiceEvidence) -> dict[str, float]:
    """Seconds that a second of each service's requests takes longer than usual.

    Traces also show the time on the way to a service, which its own measurements do not have.
    """
    own = (shift for shift in evidence.shifts if shift.series.signal is Signal.SELF_TIME and shift.clear)
    excess: dict[str, float] = {}
    for shift in (*evidence.latency.values(), *own):
        if shift.z > CONSTANTS.clear / 2:
            name = shift.series.service
            seconds = max(shift.rise, 0.0) * _requests(evidence, name)
            excess[name] = max(excess.get(name, 0.0), seconds)
    return excess


def _excess_failures(evidence: ServiceEvidence) -> dict[str, float]:
    """Failures a second of each service, beyond the usual ones."""
    return {
        name: max(shift.rise, 0.0) * (_requests(evidence, name) if shift.series.is_share else 1.0)
        for name, shift in evidence.errors.items()
        if shift.z > CONSTANTS.clear / 2
    }


def _requests(evidence: ServiceEvidence, name: str) -> float:
    return evidence.requests.get(name, 0.0) if evidence.requests else 1.0


def _growth(evidence: ServiceEvidence) -> dict[str, float]:
    """How much each service's work has grown: natural logarithm, less for a growth that hardly matters."""
    growth: dict[str, float] = {}
    for shift in evidence.shifts:
        if shift.series.signal is Signal.TRAFFIC and abs(shift.z) >= CONSTANTS.clear:
            service = shift.series.service
            growth[service] = max(growth.get(service, 0.0), shift.growth * min(abs(shift.size), 1.0))
    return growth


def _symptom_features(name: str, symptoms: _Symptoms, *, is_mapped: bool) -> dict[str, float]:
    """The features of one symptom. Without its place in a graph, a service's own part is not known."""
    signal, weight, spread, shift = (
        symptoms.signal,
        symptoms.weight,
        symptoms.spread,
        symptoms.shifts.get(name),
    )
    strength = 0.0 if shift is None else shift.strength
    growth = 0.0 if shift is None or shift.z < CONSTANTS.clear else max(shift.growth, 0.0)
    deep = symptoms.worst.get(name, 0.0) / max(*symptoms.worst.values(), _LEAST_WORSE, 0.0)
    return {
        f"{signal}": weight * strength,
        f"{signal}_share": weight * strength / max(symptoms.highest, LEAST_STRENGTH),
        f"{signal}_growth": weight * min(growth, 4.0),
        f"{signal}_growth_share": weight * growth / symptoms.fastest if symptoms.fastest > 0 else 0.0,
        f"{signal}_alone": weight * strength / symptoms.clear if shift is not None and shift.clear else 0.0,
        f"{signal}_deep": 0.0 if is_mapped else weight * deep,
        f"{signal}_own": weight * spread.own.get(name, 0.0) * is_mapped,
        f"{signal}_unexplained": weight * float(np.log(spread.remainder.get(name, 1.0))),
        f"{signal}_blamed": weight * spread.blamed.get(name, 0.0) * (shift is not None),
        f"{signal}_blamed_unseen": weight * spread.blamed.get(name, 0.0) * (shift is None),
    }


def _worst(signal: Signal, evidence: ServiceEvidence) -> dict[str, float]:
    """How much each service's worst work suffers: the growth of its time, or the share that fails.

    Where no graph is known, it separates a cause from its callers, which do more than wait for it.
    """
    worst: dict[str, float] = {}
    for shift in evidence.shifts:
        if shift.series.signal is not signal or not shift.clear:
            continue
        name = shift.series.service
        amount = max(shift.growth, 0.0) if signal is Signal.LATENCY else _failing(shift, evidence)
        amount *= min(shift.samples / CONSTANTS.healthy_samples, 1.0)
        worst[name] = max(worst.get(name, 0.0), amount)
    return worst


def _failing(shift: LevelShift, evidence: ServiceEvidence) -> float:
    requests = evidence.requests.get(shift.series.service, 0.0)
    return min(shift.rise / requests if requests > 0 and not shift.series.is_share else shift.rise, 1.0)


def _unexplained(name: str, slow: _Symptoms, failing: _Symptoms) -> float | None:
    """The share of its symptoms that its callees do not explain; None for a service without symptoms."""
    remainders = (slow.spread.remainder, failing.spread.remainder)
    return max((remainder[name] for remainder in remainders if name in remainder), default=None)


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
