"""Why: what kind of incident the evidence supports, and the remedy that undoes exactly that."""

from dataclasses import dataclass

from missions.evidence import Change
from missions.plan import ActionKind
from rca.attribution import Suspect
from rca.roles import Role
from rca.scores import Anomaly
from rca.tables import seconds

_DEPLOYMENTS = frozenset({"deployment", "deploy", "release", "rollout"})
_EARLIEST = 60.0  # seconds before the onset in which a deployment is a reason
_LATEST = 5.0  # seconds after it: detected onsets and clocks are inexact
_AT_ONCE = 15.0  # seconds within which a deployment explains growing memory better than a leak does
_OUTSIDE_SHARE = 0.6  # of its own extra latency that a wait outside must make up
_MARKED = 0.2  # growth of memory over its level before


@dataclass(frozen=True)
class Reason:
    """An incident's type with its proof: `weight` 0..1 says how much the proof adds to a candidate."""

    incident_type: str
    weight: float
    anomalies: tuple[Anomaly, ...]
    change: Change | None = None
    remediation: tuple[ActionKind, ...] = ()


def reason_of(suspect: Suspect, changes: tuple[Change, ...]) -> Reason:
    """The best supported reason. Where only the symptom is known it is named, and nothing is proposed."""
    memory = suspect.of(Role.MEMORY)
    change = _deployment(suspect, changes)
    shown = suspect.felt or suspect.anomalies
    outside = _outside(suspect)
    if outside is not None:
        return Reason("dependency_failure", 0.8, (outside, *suspect.felt))
    saturated = _saturated(suspect)
    leaking = memory is not None and memory.growth >= _MARKED
    own_way = memory if leaking else saturated
    if change is not None and not (own_way is not None and _grew_later(own_way, change)):
        gap = max(0.0, suspect.onset - seconds(change.at))
        weight = 1.0 - 0.5 * gap / _EARLIEST
        undo = () if _first(change) else (ActionKind.ROLLBACK,)
        if own_way is None:
            return Reason("bad_deployment", weight, shown, change, undo)
        # What ran out with it is the next guess, and has to end as well: the deployment may be innocent.
        rest = tuple(one for one in shown if one is not own_way)
        spare = ActionKind.RESTART if leaking else ActionKind.SCALE
        return Reason("bad_deployment", weight, (*rest, own_way), change, (*undo, spare))
    if memory is not None and leaking:
        weight = min(1.0, 0.5 + memory.growth / 2)
        rest = tuple(one for one in shown if one is not memory)
        return Reason(
            "resource_exhaustion", weight, (memory, *rest), change=None, remediation=(ActionKind.RESTART,)
        )
    if saturated is not None:
        return Reason("saturation", 0.6, (saturated, *suspect.felt), remediation=(ActionKind.SCALE,))
    named = {Role.ERRORS: "error_spike", Role.LATENCY: "latency_degradation"}
    return Reason(named.get(shown[0].track.role, "resource_pressure"), 0.0, shown)


def is_deployment(change: Change) -> bool:
    """Whether the change put a version in place; an operator's action is context, not a reason."""
    return change.kind.lower().strip() in _DEPLOYMENTS


def _outside(suspect: Suspect) -> Anomaly | None:
    """The wait for somebody outside the graph, where it makes up for what is felt of the service itself."""
    outside, slow = suspect.of(Role.OUTSIDE), suspect.of(Role.LATENCY)
    if outside is None or slow is None or outside.onset > slow.onset + _LATEST:
        return None
    # Rises in units of their floors: one panel may have seconds and the other milliseconds.
    share = (outside.rise / outside.track.floor.absolute) / (slow.rise / slow.track.floor.absolute)
    return outside if share >= _OUTSIDE_SHARE else None


def _saturated(suspect: Suspect) -> Anomaly | None:
    """What is full since the service is slow or before. Busier than usual is no reason: the slow are busy."""
    full, slow = suspect.saturated, suspect.of(Role.LATENCY)
    if full is None or slow is None or full.onset > slow.onset + _LATEST:
        return None
    return full


def _deployment(suspect: Suspect, changes: tuple[Change, ...]) -> Change | None:
    """The newest deployment of this service that lies shortly before its onset."""
    near = [
        change
        for change in changes
        if change.service == suspect.service
        and is_deployment(change)
        and suspect.onset - _EARLIEST <= seconds(change.at) <= suspect.clear + _LATEST
    ]
    # A service's first version is no change of it, unless it never worked.
    near = [one for one in near if not _first(one) or suspect.onset - seconds(one.at) <= _AT_ONCE]
    return near[-1] if near else None


def _first(change: Change) -> bool:
    """Whether there is nothing to go back to."""
    return change.previous_revision is None and change.revision is not None and change.revision <= 1


def _grew_later(resource: Anomaly, change: Change) -> bool:
    """Whether a resource began to run out on its own: not with the deployment, or it was the first one."""
    return _first(change) or resource.onset - seconds(change.at) > _AT_ONCE
