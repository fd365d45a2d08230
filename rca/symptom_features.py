"""The features of a service's symptoms: how slow it is and how much fails, and its own part of that."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rca.constants import CONSTANTS
from rca.service_evidence import ServiceEvidence
from rca.shifts import LEAST_STRENGTH, LevelShift
from rca.signals import Signal
from rca.spread import Spread, spread_of

_UNREPORTED = 0.3  # weight of errors where latency was reported, and the other way round
_LEAST_WORSE = 1e-3  # smaller shares are not compared with one another


@dataclass(frozen=True)
class ComparedSymptom:
    """One symptom of all services. `worst` is how much each one's worst work suffers, as `_worst` says."""

    signal: Signal
    weight: float
    shifts: Mapping[str, LevelShift]
    spread: Spread
    worst: Mapping[str, float]
    highest: float
    fastest: float
    clear: float


def latency_of(evidence: ServiceEvidence, absent: frozenset[str]) -> ComparedSymptom:
    """The latencies of all services; `absent` are those that do not answer."""
    return _symptoms(Signal.LATENCY, evidence.latency, _excess_time(evidence), absent, evidence)


def errors_of(evidence: ServiceEvidence, absent: frozenset[str]) -> ComparedSymptom:
    """The failures of all services; `absent` are those that do not answer."""
    return _symptoms(Signal.ERRORS, evidence.errors, _excess_failures(evidence), absent, evidence)


def _symptoms(
    signal: Signal,
    shifts: Mapping[str, LevelShift],
    excess: Mapping[str, float],
    absent: frozenset[str],
    evidence: ServiceEvidence,
) -> ComparedSymptom:
    role = evidence.reported.signal if evidence.reported else None
    return ComparedSymptom(
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


def symptom_features(name: str, symptoms: ComparedSymptom, *, is_mapped: bool) -> dict[str, float]:
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


def unexplained_share(name: str, slow: ComparedSymptom, failing: ComparedSymptom) -> float | None:
    """The share of its symptoms that its callees do not explain; None for a service without symptoms."""
    remainders = (slow.spread.remainder, failing.spread.remainder)
    return max((remainder[name] for remainder in remainders if name in remainder), default=None)
