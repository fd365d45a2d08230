"""Where: follow anomalies along the calls to where they start. Who waits for a slow callee is a victim."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from missions.evidence import Dependency
from rca.roles import SYMPTOMS, Role
from rca.scores import Anomaly

_SHARE = 0.5  # of a caller's extra latency that its callee's must make up
_ERROR_SHARE = 0.3  # of a caller's extra errors that its callee's must make up: not every call goes there
_TIMEOUT_STRENGTH = 3.0  # a callee this much slower lets callers run into their timeouts
_MARKED_GROWTH = 0.5
_SLACK = 5.0  # seconds: detected onsets are this inexact
_LONELY_GROWTH = 0.5  # growth of memory that counts although nobody feels it yet


@dataclass(frozen=True)
class Suspect:
    """An anomalous service, strongest anomaly first, and the services whose trouble it explains."""

    service: str
    anomalies: tuple[Anomaly, ...]
    victims: frozenset[str] = field(default_factory=frozenset)
    blamed_on: frozenset[str] = field(default_factory=frozenset)

    @property
    def onset(self) -> float:
        """When its first anomaly began, epoch seconds."""
        return min(anomaly.onset for anomaly in self.anomalies)

    @property
    def clear(self) -> float:
        """When that was beyond doubt, epoch seconds: its cause is not later."""
        return min(anomaly.clear for anomaly in self.anomalies)

    @property
    def felt(self) -> tuple[Anomaly, ...]:
        """The anomalies that users and callers feel."""
        return tuple(one for one in self.anomalies if one.track.role in SYMPTOMS)

    @property
    def saturated(self) -> Anomaly | None:
        """The strongest anomaly of something that is full."""
        return next((one for one in self.anomalies if one.full), None)

    def of(self, role: Role) -> Anomaly | None:
        """Its strongest anomaly of a role."""
        return next((one for one in self.anomalies if one.track.role is role), None)


def suspects(anomalies: tuple[Anomaly, ...], dependencies: tuple[Dependency, ...]) -> tuple[Suspect, ...]:
    """Every anomalous service with what it explains and what explains it, in no order."""
    felt = any(one.track.role in SYMPTOMS for one in anomalies)
    found: dict[str, Suspect] = {}
    for name in sorted({one.track.service for one in anomalies}):
        own = sorted((one for one in anomalies if one.track.service == name), key=lambda one: -one.strength)
        suspect = Suspect(name, tuple(own))
        # Memory and load that grow while nobody feels it: only marked growth is worth a word.
        if felt or any(_lonely(one) for one in own):
            found[name] = suspect
    blame = {name: _blamed(suspect, found, dependencies) for name, suspect in found.items()}
    return tuple(
        Suspect(name, suspect.anomalies, _victims(name, blame), blame[name])
        for name, suspect in found.items()
    )


def _lonely(anomaly: Anomaly) -> bool:
    """Whether it is worth a word although nobody feels it."""
    if anomaly.track.whole is not None:
        return anomaly.full
    return anomaly.track.role is not Role.OUTSIDE and anomaly.growth >= _LONELY_GROWTH


def _blamed(
    caller: Suspect, found: Mapping[str, Suspect], dependencies: tuple[Dependency, ...]
) -> frozenset[str]:
    """The callees that together explain all that is felt of a caller; empty if something is its own."""
    callees = [found[name] for name in sorted(reached_from(caller.service, dependencies) & found.keys())]
    if not callees or not caller.felt:
        return frozenset()
    reasons: set[str] = set()
    for symptom in caller.felt:
        explaining = {callee.service for callee in callees if _explains(callee, symptom, caller)}
        if not explaining:
            return frozenset()
        reasons |= explaining
    memory = caller.of(Role.MEMORY)
    if memory and memory.onset < min(one.onset for one in callees if one.service in reasons) - _SLACK:
        return frozenset()
    return frozenset(reasons)


def reached_from(caller: str, dependencies: tuple[Dependency, ...]) -> set[str]:
    """All services that a caller calls, also through others: one between may have no panel, or look quiet."""
    reached: set[str] = set()
    waiting = [caller]
    while waiting:
        name = waiting.pop()
        called = {edge.callee for edge in dependencies if edge.caller == name} - reached - {caller}
        reached |= called
        waiting.extend(called)
    return reached


def _explains(callee: Suspect, symptom: Anomaly, caller: Suspect) -> bool:
    slow, failing, memory = callee.of(Role.LATENCY), callee.of(Role.ERRORS), callee.of(Role.MEMORY)
    starved = (
        memory is not None
        and (memory.growth >= _MARKED_GROWTH or bool(callee.felt))
        and memory.onset <= symptom.onset + _SLACK
    )
    if starved:  # requests that never end are in no latency: the callee may look idle
        return True
    if symptom.track.role is Role.LATENCY:
        return slow is not None and _seconds(slow) >= _SHARE * _seconds(symptom)
    if failing is not None and failing.rise >= _ERROR_SHARE * symptom.rise:
        return True
    waited = caller.of(Role.LATENCY)
    return slow is not None and (
        slow.strength >= _TIMEOUT_STRENGTH if waited is None else _seconds(slow) >= _SHARE * _seconds(waited)
    )


def _seconds(anomaly: Anomaly) -> float:
    """A latency's rise in units of its floor: comparable where one panel has seconds and one milliseconds."""
    return anomaly.rise / anomaly.track.floor.absolute


def _victims(name: str, blame: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Who waits for this service, directly or through others."""
    victims: set[str] = set()
    waiting = [name]
    while waiting:
        culprit = waiting.pop()
        for caller, callees in blame.items():
            if culprit in callees and caller not in victims and caller != name:
                victims.add(caller)
                waiting.append(caller)
    return frozenset(victims)
