"""What speaks for each service as the origin: a few numbers that a person can read.

Each is 0 where there is nothing to see. Strengths are logarithms of usual deviations (0 to 4), shares are
0..1.
"""

from collections.abc import Callable, Mapping, Sequence
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
from rca.units import base_factor
from semantics.meaning import Resource

_UNREPORTED = 0.3  # weight of errors where latency was reported, and the other way round
_MOST_ALERTS = 4
_STATES = frozenset({Signal.USAGE, Signal.HELD, Signal.QUEUE, Signal.SATURATION, Signal.MEMORY, Signal.OTHER})
"""What describes a component's state: a cache that is suddenly empty is as strange as a full one."""
_OWN_STATES = _STATES | {Signal.CPU, Signal.CACHE}
_SCRAPE = "up"
"""The metric that Prometheus itself writes: whether a target could be scraped."""
_SIGNS_OF_LIFE = frozenset({Signal.CPU, Signal.MEMORY, Signal.HELD, Signal.TRAFFIC, Signal.LATENCY})
_HELD = frozenset({Resource.CONNECTIONS, Resource.THREADS, Resource.FILE_DESCRIPTORS})
_LASTING = 3  # samples
_LEAST_WORSE = 1e-3  # smaller shares are not compared with one another
_LITTLE_MORE = 0.22  # natural logarithm: a quarter more than the time that requests take
QUIET_CHANGE = 0.3
"""What a change counts for a service without symptoms of its own."""
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


def features_of(evidence: ServiceEvidence) -> dict[str, dict[str, float]]:
    """The features of every service."""
    shifts: dict[str, list[LevelShift]] = {}
    for shift in evidence.shifts:
        shifts.setdefault(shift.series.service, []).append(shift)
    absent = frozenset(
        name for name, mine in shifts.items() if is_absent(mine) and name not in evidence.stopped
    )
    slow, failing = (
        spread_of(_with_absent(excess, absent), evidence.services, evidence.graph)
        for excess in (excess_time(evidence), excess_failures(evidence))
    )
    return {
        name: _symptoms(name, evidence, slow, failing)
        | _resources(
            [
                shift
                for shift in shifts.get(name, [])
                if not held_by_requests(shift, evidence.latency.get(name))
            ],
            stopped=name in evidence.stopped,
        )
        | _backend(name, evidence, shifts.get(name, []))
        | _records(name, evidence, _unexplained(name, slow, failing))
        | {"change": _change(name, evidence, slow, failing)}
        | _place(name, evidence)
        for name in evidence.services
    }


def is_absent(shifts: Sequence[LevelShift]) -> bool:
    """Whether a service is gone: all its series end (but failures, which may be absent), or it is down.

    One that others still measure, as an exporter of processes, is only not reached by its monitoring.
    """
    series = [shift for shift in shifts if shift.series.signal is not Signal.ERRORS]
    targets = [shift for shift in shifts if shift.series.signal is Signal.UP]
    return (bool(series) and all(shift.ended for shift in series)) or (
        bool(targets) and all(shift.size >= 1 for shift in targets) and not is_alive(shifts)
    )


def is_alive(shifts: Sequence[LevelShift]) -> bool:
    """Whether something still shows the service at work: a series that goes on, and not at zero."""
    return any(
        not shift.ended and shift.series.size and shift.series.values[-1] != 0
        for shift in shifts
        if shift.series.signal in _SIGNS_OF_LIFE
    )


def _with_absent(excess: Mapping[str, float], absent: frozenset[str]) -> dict[str, float]:
    """A service that does not answer explains whatever its callers suffer."""
    most = max(excess.values(), default=0.0)
    return {**excess, **dict.fromkeys(absent, most)} if most > 0 else dict(excess)


def excess_time(evidence: ServiceEvidence) -> dict[str, float]:
    """Seconds that a second of each service's requests takes longer than usual."""
    return {
        name: max(shift.rise, 0.0) * _requests(evidence, name)
        for name, shift in evidence.latency.items()
        if shift.z > CONSTANTS.clear / 2
    }


def excess_failures(evidence: ServiceEvidence) -> dict[str, float]:
    """Failures a second of each service, beyond the usual ones."""
    return {
        name: max(shift.rise, 0.0) * (_requests(evidence, name) if shift.series.is_share else 1.0)
        for name, shift in evidence.errors.items()
        if shift.z > CONSTANTS.clear / 2
    }


def _requests(evidence: ServiceEvidence, name: str) -> float:
    return evidence.requests.get(name, 0.0) if evidence.requests else 1.0


def _amplified(name: str, evidence: ServiceEvidence) -> float:
    """How much more its work has grown than that of most services: natural logarithm, 0 to 4."""
    growth: dict[str, float] = {}
    for shift in evidence.shifts:
        if shift.series.signal is Signal.TRAFFIC and abs(shift.z) >= CONSTANTS.clear:
            service = shift.series.service
            growth[service] = max(growth.get(service, 0.0), shift.growth * min(abs(shift.size), 1.0))
    others = [growth.get(other, 0.0) for other in evidence.requests]
    usual = float(np.median(others)) if others else 0.0
    return float(np.clip(growth.get(name, 0.0) - max(usual, 0.0), 0.0, 4.0))


def _symptoms(name: str, evidence: ServiceEvidence, slow: Spread, failing: Spread) -> dict[str, float]:
    role = evidence.reported.signal if evidence.reported else None
    mapped = name in evidence.graph.distances
    features: dict[str, float] = {}
    for signal, shifts, spread in (
        (Signal.LATENCY, evidence.latency, slow),
        (Signal.ERRORS, evidence.errors, failing),
    ):
        weight = 1.0 if role in {None, signal} else _UNREPORTED
        highest = max((other.strength for other in shifts.values()), default=0.0)
        fastest = max((other.growth for other in shifts.values() if other.z >= CONSTANTS.clear), default=0.0)
        clear = sum(other.strength for other in shifts.values() if other.clear)
        worst = _worst(signal, evidence)
        shift = shifts.get(name)
        strength = 0.0 if shift is None else max(shift.strength, 0.0)
        growth = 0.0 if shift is None or shift.z < CONSTANTS.clear else max(shift.growth, 0.0)
        features |= {
            f"{signal}": weight * strength,
            f"{signal}_share": weight * strength / max(highest, LEAST_STRENGTH),
            f"{signal}_growth": weight * min(growth, 4.0),
            f"{signal}_growth_share": weight * growth / fastest if fastest > 0 else 0.0,
            f"{signal}_alone": weight * strength / clear if shift is not None and shift.clear else 0.0,
            f"{signal}_deep": weight * worst.get(name, 0.0) / max(*worst.values(), _LEAST_WORSE, 0.0)
            if not mapped
            else 0.0,
            f"{signal}_own": weight * spread.own.get(name, 0.0) * mapped,
            f"{signal}_unexplained": weight * float(np.log(spread.remainder.get(name, 1.0))),
            f"{signal}_blamed": weight * spread.blamed.get(name, 0.0) * (shift is not None),
            f"{signal}_blamed_unseen": weight * spread.blamed.get(name, 0.0) * (shift is None),
        }
    features["amplified"] = _amplified(name, evidence)
    features["unmeasured"] = float(name not in evidence.latency and name not in evidence.errors)
    return features


def _worst(signal: Signal, evidence: ServiceEvidence) -> dict[str, float]:
    """How much each service's worst work suffers: the growth of its time, or the share that fails.

    Where nobody knows who calls whom, it tells a cause from its callers, which do more than wait for it.
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


def _resources(shifts: Sequence[LevelShift], *, stopped: bool) -> dict[str, float]:
    def strongest(
        signal: Signal, value: Callable[[LevelShift], float] = lambda shift: shift.strength
    ) -> float:
        return max((value(shift) for shift in shifts if shift.series.signal is signal), default=0.0)

    targets = [shift for shift in shifts if shift.series.signal is Signal.UP]
    unscraped = any(shift.size >= 1 for shift in targets if shift.series.meaning.metric == _SCRAPE)
    states = [shift for shift in targets if shift.series.meaning.metric != _SCRAPE]
    down = any(shift.size >= 1 or (shift.ended and not unscraped) for shift in states)
    alive = is_alive(shifts)
    return {
        "self_time": max(strongest(Signal.SELF_TIME), 0.0),
        "own_errors": max(strongest(Signal.OWN_ERRORS), 0.0),
        "cpu": max(strongest(Signal.CPU), 0.0),
        "memory": max(strongest(Signal.MEMORY), 0.0),
        "held": max(strongest(Signal.HELD), 0.0),
        "usage": max(strongest(Signal.USAGE), 0.0),
        "saturation": max(strongest(Signal.SATURATION), 0.0),
        "full": strongest(Signal.SATURATION, _full),
        "queue": max(strongest(Signal.QUEUE), 0.0),
        "cache": max(strongest(Signal.CACHE), 0.0),
        "restarts": float(strongest(Signal.RESTARTS, lambda shift: shift.size) >= 1),
        "down": float((down or (unscraped and not alive)) and not stopped),
        "unscraped": float(unscraped and not down and alive and not stopped),
        "traffic_lost": 0.0 if stopped else max(strongest(Signal.TRAFFIC, _lost), 0.0),
        "unusual": max((unusual(shift) for shift in shifts if shift.series.signal in _STATES), default=0.0),
        "gone": float(is_absent(shifts) and not stopped),
    }


def _backend(name: str, evidence: ServiceEvidence, shifts: Sequence[LevelShift]) -> dict[str, float]:
    """What a database, a cache or a queue shows of itself; many have no latency and no errors."""
    if name not in evidence.backends:
        return {"backend": 0.0, "backend_state": 0.0}
    return {
        "backend": 1.0,
        "backend_state": max(
            (unusual(shift) for shift in shifts if shift.series.signal in _OWN_STATES), default=0.0
        ),
    }


def held_by_requests(shift: LevelShift, latency: LevelShift | None) -> bool:
    """Whether requests hold more of a resource only because they take longer, and some of it is left."""
    if shift.series.meaning.resource not in _HELD or latency is None or _full(shift):
        return False
    return 0 < shift.growth <= latency.growth + _LITTLE_MORE


def unusual(shift: LevelShift) -> float:
    """The strength of a shift in either direction."""
    return float(min(np.log1p(abs(shift.z) / 3), 4.0) * min(abs(shift.size), 1.0))


def _full(shift: LevelShift) -> float:
    """1 where a resource has newly reached its limit."""
    level = shift.after * base_factor(shift.series)
    return float(level >= CONSTANTS.full and shift.clear)


def _lost(shift: LevelShift) -> float:
    """The strength of a fall of traffic; a job that runs at times only falls again and again."""
    if _falls(shift) > 1:
        return 0.0
    return float(min(np.log1p(max(-shift.z, 0.0) / 3), 4.0) * min(max(-shift.size, 0.0), 1.0))


def _falls(shift: LevelShift) -> int:
    """How often the series fell below half of its level after three samples or more above it."""
    above = np.concatenate([[False], shift.series.values >= shift.before / 2, [False]])
    starts, ends = np.flatnonzero(above[1:] & ~above[:-1]), np.flatnonzero(above[:-1] & ~above[1:])
    last = above.size - 2
    return int(np.sum((ends - starts >= _LASTING) & (ends < last)))


def _unexplained(name: str, slow: Spread, failing: Spread) -> float | None:
    """The share of its symptoms that its callees do not explain; None for a service without symptoms."""
    shares = [spread.remainder[name] for spread in (slow, failing) if name in spread.remainder]
    return max(shares, default=None)


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


def _change(name: str, evidence: ServiceEvidence, slow: Spread, failing: Spread) -> float:
    """1 for a change just before, less where callees explain what the service suffers."""
    if name not in evidence.changes:
        return 0.0
    unexplained = _unexplained(name, slow, failing)
    return QUIET_CHANGE if unexplained is None else unexplained


def _place(name: str, evidence: ServiceEvidence) -> dict[str, float]:
    """Where the service is in the call graph, and when it turned bad."""
    affected = {
        other
        for shifts in (evidence.latency, evidence.errors)
        for other, shift in shifts.items()
        if shift.strength >= _AFFECTED
    }
    reaching = evidence.graph.distances.get(name, {})
    callers = [other for other, distance in reaching.items() if distance == 1]
    may_be_bad = name in affected or (name not in evidence.latency and name not in evidence.errors)
    callees = evidence.graph.callees.get(name, frozenset()) - {name}
    waits = [
        shift.strength
        for shift in evidence.shifts
        if shift.series.service == name and shift.series.signal is Signal.WAIT
    ]
    reported = evidence.reported.service if evidence.reported else ""
    silent = name not in affected and sum(caller in affected for caller in callers) > 1
    return {
        "affected_callers": sum(caller in affected for caller in callers) / len(callers)
        if callers and may_be_bad
        else 0.0,
        "silent": float(silent),
        # What is seen explains a wait better than what is not.
        "wait": 0.0 if any(callee in affected for callee in callees) else max(0.0, *waits, 0.0),
        "reported": float(name == reported),
        "unreached": float(bool(reaching and reported) and reported not in {*reaching, name}),
    }
