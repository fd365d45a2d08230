"""The type of an incident in one service: what explains it, and what would undo it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from missions.evidence import Change
from missions.plan import ActionKind
from rca.alerts import Alert
from rca.changes import ChangeKind, is_first_version, kind_of
from rca.constants import CONSTANTS
from rca.onset import series_onset
from rca.shifts import LevelShift
from rca.signals import Signal
from rca.times import epoch_seconds
from rca.units import base_factor
from semantics.meaning import Resource

_EXTERNAL_SHARE = 0.6  # of the service's extra latency that waiting for others must explain
_EXTERNAL_ADVICE = "No action of the catalog helps: contact the provider, or work without the dependency."
_MIN_TRAFFIC_GROWTH = 0.4  # natural logarithm: half as much again
_REMEDIES = {Signal.CPU: ActionKind.SCALE, Signal.MEMORY: ActionKind.RESTART, Signal.HELD: ActionKind.SCALE}
_RESOURCES = (Signal.SATURATION, Signal.MEMORY, Signal.CPU, Signal.HELD, Signal.QUEUE, Signal.USAGE)
_KINDS = {
    Resource.MEMORY: Signal.MEMORY,
    Resource.CPU: Signal.CPU,
    Resource.CONNECTIONS: Signal.HELD,
    Resource.THREADS: Signal.HELD,
}
_NAMES = {Signal.CPU: "CPU", Signal.MEMORY: "memory", Signal.HELD: "connections", Signal.QUEUE: "queue"}


@dataclass(frozen=True)
class _NamedType:
    """An incident type that messages and alerts name themselves; no action of the catalog repairs it."""

    incident_type: str
    pattern: re.Pattern[str]
    finding: str


def _named(incident_type: str, pattern: str, finding: str) -> _NamedType:
    return _NamedType(incident_type, re.compile(pattern, re.IGNORECASE), finding)


_NAMED_TYPES = (
    _named(
        "certificate",
        r"certificate|x509|\bpkix\b|\bcert_|\b(?:tls|ssl) (?:handshake|alert|error)|certexpir",
        "has errors about a certificate that is not accepted",
    ),
    _named(
        "dns",
        r"\bdns\b|\bdns_|no such host|name or service not known|getaddrinfo|enotfound|nxdomain|servfail"
        r"|unknownhost|name resolution|(?:could not|cannot|failed to) resolve",
        "has errors about names that cannot be resolved",
    ),
    _named(
        "lock_contention",
        r"deadlock|lock (?:wait|timeout)|idle ?in ?transaction|blocked ?quer|waits? for (?:a )?locks?"
        r"|could not obtain lock",
        "has work that waits for locks",
    ),
)
_OUT_OF_MEMORY = re.compile(
    r"out ?of ?memory|oom|memory (?:nearly |almost )?exhaust|cannot allocate|heap space|memory limit",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cause:
    """An incident type with its evidence, strongest shift first.

    `finding` is a sentence without its subject, the service: "was deployed just before".
    """

    incident_type: str
    finding: str
    shifts: tuple[LevelShift, ...] = ()
    change: Change | None = None
    remediation: tuple[ActionKind, ...] = ()
    advice: str = ""


@dataclass(frozen=True)
class ServiceFacts:
    """What is known about one service: its shifts, strongest first, the change near the onset, texts.

    `messages` are error lines that are new since the onset and that the service logs, or that name it. `step`
    are the seconds between samples.
    """

    shifts: Sequence[LevelShift]
    change: Change | None
    messages: Sequence[str]
    alerts: Sequence[Alert]
    step: float = 0.0
    gone: bool = False


def cause_of(facts: ServiceFacts) -> Cause:
    """The best supported incident type of a service with these facts."""
    clear = tuple(shift for shift in facts.shifts if shift.clear)
    named = _named_type(facts, clear)
    if named is not None:
        return named
    waits = next((shift for shift in clear if shift.series.signal is Signal.WAIT), None)
    if waits is not None and facts.change is None and _explains_latency(clear, waits):
        finding = "waits for a slow dependency outside the observed services"
        return Cause("dependency_failure", finding, _first(clear, waits), advice=_EXTERNAL_ADVICE)
    exhausted = _exhaustion(facts, clear)
    if facts.change is not None and not _began_later(facts.change, exhausted, facts.step):
        return _change_cause(clear, facts.change, exhausted)
    if facts.gone:
        return Cause("dependency_failure", "does not answer its monitoring any more", clear)
    surge = next((shift for shift in clear if shift.series.signal is Signal.TRAFFIC), None)
    if surge is not None and surge.growth >= _MIN_TRAFFIC_GROWTH and exhausted is None and surge is clear[0]:
        return Cause("traffic_surge", "receives more traffic than usual", clear, None, (ActionKind.SCALE,))
    return exhausted or _unexplained(clear, facts.messages)


def _named_type(facts: ServiceFacts, clear: tuple[LevelShift, ...]) -> Cause | None:
    texts = [*facts.messages, *(f"{alert.name} {alert.line.message}" for alert in facts.alerts)]
    texts += [
        shift.series.metric for shift in clear if shift.series.signal in {Signal.ERRORS, Signal.LATENCY}
    ]
    for named in _NAMED_TYPES:
        if any(named.pattern.search(text) for text in texts):
            return Cause(named.incident_type, named.finding, clear)
    return None


def _began_later(change: Change, exhausted: Cause | None, step: float) -> bool:
    """Whether the resource began to run out some time after the change, which therefore is innocent."""
    if exhausted is None:
        return False
    began = series_onset(exhausted.shifts[0].series) if exhausted.shifts else None
    return began is not None and began - epoch_seconds(change.at) > max(CONSTANTS.at_once_s, 3 * step)


def _change_cause(clear: tuple[LevelShift, ...], change: Change, exhausted: Cause | None) -> Cause:
    if kind_of(change) is ChangeKind.STOP:
        finding = "was scaled to zero replicas just before"
        return Cause("config_change", finding, clear, change, (ActionKind.SCALE,))
    deployed = kind_of(change) is ChangeKind.DEPLOYMENT
    incident_type = "bad_deployment" if deployed else "config_change"
    finding = "was deployed just before" if deployed else "had a configuration change just before"
    # A rollback brings an earlier release back, and leaves flags, schemas and secrets as they are.
    undo = (ActionKind.ROLLBACK,) if deployed and not is_first_version(change) else ()
    if exhausted is None:
        return Cause(incident_type, finding, clear, change, undo)
    # The resource's remedy comes second: the change may be innocent.
    return Cause(incident_type, finding, exhausted.shifts, change, (*undo, *exhausted.remediation))


def _unexplained(clear: tuple[LevelShift, ...], messages: Sequence[str]) -> Cause:
    symptoms = [
        shift
        for shift in clear
        if shift.series.signal in {Signal.LATENCY, Signal.ERRORS, Signal.SELF_TIME, Signal.OWN_ERRORS}
    ]
    if not symptoms:
        if messages:
            return Cause("error_spike", "logs errors that the evidence does not explain", clear)
        finding = "shows nothing unusual, but its callers do: the cause is between them, or not measured"
        return Cause("dependency_failure", finding, clear)
    if symptoms[0].series.signal in {Signal.ERRORS, Signal.OWN_ERRORS}:
        return Cause("error_spike", "has errors of its own that the evidence does not explain", clear)
    return Cause("latency_degradation", "is slow itself, and the evidence does not explain why", clear)


def _explains_latency(clear: tuple[LevelShift, ...], wait: LevelShift) -> bool:
    """Whether an external wait makes up for most of the service's extra latency."""
    latency = max((shift.rise for shift in clear if shift.series.signal is Signal.LATENCY), default=0.0)
    return latency > 0 and wait.rise >= _EXTERNAL_SHARE * latency


def _exhaustion(facts: ServiceFacts, clear: tuple[LevelShift, ...]) -> Cause | None:
    """The resource that ran out; None where some of it is known to be left: a slow service is busy."""
    out_of_memory = any(_OUT_OF_MEMORY.search(text) for text in facts.messages)
    resources = [
        shift
        for shift in clear
        if shift.series.signal in _RESOURCES and (not shift.series.is_share or is_full(shift))
    ]
    resources.sort(
        key=lambda shift: (_is_memory(shift) and out_of_memory, is_full(shift), shift.strength), reverse=True
    )
    if not resources:
        killed = Cause("resource_exhaustion", "has no memory left, by what is logged", clear)
        return killed if out_of_memory else None
    resource = resources[0]
    kind = _kind(resource)
    name = _NAMES.get(kind, "resources")
    full = is_full(resource) or (out_of_memory and kind is Signal.MEMORY)
    finding = f"has almost exhausted its {name}" if full else f"has {name} usage far above normal"
    remedy = _REMEDIES.get(kind)
    return Cause("resource_exhaustion", finding, _first(clear, resource), None, (remedy,) if remedy else ())


def is_full(shift: LevelShift) -> bool:
    """Whether a resource with a known limit is nearly used up."""
    return shift.series.is_share and shift.after * base_factor(shift.series) >= CONSTANTS.full


def _kind(shift: LevelShift) -> Signal:
    """The resource: memory, connections, processors, or what the signal says."""
    return _KINDS.get(shift.series.meaning.resource, shift.series.signal)


def _is_memory(shift: LevelShift) -> bool:
    return _kind(shift) is Signal.MEMORY


def _first(shifts: tuple[LevelShift, ...], shift: LevelShift) -> tuple[LevelShift, ...]:
    return (shift, *(other for other in shifts if other is not shift))
