"""The type of an incident in one service: which changes and resources explain it, and what would undo it."""

import re
from dataclasses import dataclass

from missions.evidence import Change
from missions.plan import ActionKind
from rca.deviations import Deviation
from rca.roles import SeriesRole, resource_of
from rca.telemetry import Telemetry
from rca.times import epoch_seconds

_MAX_BEFORE = 300.0  # seconds before the onset within which a change may be the cause
_MAX_INTERVALS = 2.0  # the same in sample intervals, where these are longer
_MAX_AFTER = 30.0
_IMMEDIATE = 15.0  # seconds from a change to the onset within which the change is the direct cause
_FULL = 0.8  # share of the capacity from which requests have to wait for the resource
_EXTERNAL_SHARE = 0.6  # of the service's extra latency that an external wait must explain
_EXTERNAL_ADVICE = "No action of the catalog helps: contact the provider, or work without the dependency."
_MIN_TRAFFIC_GROWTH = 0.5
_DEPLOYMENTS = frozenset({"deployment", "deploy", "release", "rollout"})
_CONFIGS = frozenset({"config", "configuration", "config_change", "feature_flag", "flag", "secret"})
_REMEDIES = {"cpu": ActionKind.SCALE, "memory": ActionKind.RESTART, "connection pool": ActionKind.SCALE}

# Incident types that error messages name themselves. No action of the catalog repairs them.
_NAMED_TYPES = {
    "certificate": (
        re.compile(
            r"certificate|x509|\bpkix\b|\bcert_|\b(?:tls|ssl) (?:handshake|alert|error)", re.IGNORECASE
        ),
        "has errors about a certificate that is not accepted",
    ),
    "dns": (
        re.compile(
            r"\bdns\b|\bdns_|no such host|name or service not known|getaddrinfo|enotfound|nxdomain|servfail"
            r"|unknownhost|name resolution|(?:could not|cannot|failed to) resolve",
            re.IGNORECASE,
        ),
        "has errors about names that cannot be resolved",
    ),
}


@dataclass(frozen=True)
class Cause:
    """An incident type with its evidence.

    `finding` is a sentence without its subject, the service: "was deployed just before".
    """

    incident_type: str
    finding: str
    deviations: tuple[Deviation, ...] = ()
    change: Change | None = None
    remediation: tuple[ActionKind, ...] = ()
    advice: str = ""


def is_deployment(change: Change) -> bool:
    """Whether the change put a version in place; an operator's action is context, not a cause."""
    return change.kind.lower().strip() in _DEPLOYMENTS


def changes_near(telemetry: Telemetry, onset: float | None) -> dict[str, Change]:
    """The newest change around the onset (epoch seconds) that may be its cause, by service."""
    if onset is None:
        return {}
    step = telemetry.shortest_step
    earliest = onset - max(_MAX_BEFORE, _MAX_INTERVALS * step)
    latest = onset + max(_MAX_AFTER, step)
    return {
        change.service: change
        for change in telemetry.changes
        if earliest <= epoch_seconds(change.at) <= latest
        and _may_be_cause(change)
        # A service's first version changed nothing, unless the service never worked.
        and not (_is_first_version(change) and onset - epoch_seconds(change.at) > _IMMEDIATE)
    }


def cause_of(
    own: tuple[Deviation, ...],
    resource: Deviation | None,
    change: Change | None,
    messages: tuple[str, ...] = (),
    *,
    since_change: float = 0.0,
) -> Cause:
    """The best supported incident type of a service with these deviations, worst first.

    `messages` are spiking error messages that the service logs, or that name it. `since_change` are the
    seconds from the change to the onset.
    """
    named = _named_type(own, messages)
    if named is not None:
        return named
    if (
        resource is not None
        and resource.series.role is SeriesRole.EXTERNAL
        and _explains_latency(own, resource)
    ):
        finding = "waits for a slow dependency outside the observed services"
        return Cause("dependency_failure", finding, _first(own, resource), advice=_EXTERNAL_ADVICE)
    exhausted = _exhaustion(own, resource) if resource is not None else None
    # A resource that runs out by itself does so some time after a change; one that the change used up runs
    # out immediately.
    if change is not None and (exhausted is None or since_change <= _IMMEDIATE):
        return _change_cause(own, change, exhausted)
    surge = next(
        (
            deviation
            for deviation in own
            if deviation.series.role is SeriesRole.TRAFFIC and deviation.growth >= _MIN_TRAFFIC_GROWTH
        ),
        None,
    )
    if surge is not None and own[0] is surge:
        return Cause("traffic_surge", "receives more traffic than usual", own, None, (ActionKind.SCALE,))
    return exhausted or _unexplained(own)


def _named_type(own: tuple[Deviation, ...], messages: tuple[str, ...]) -> Cause | None:
    texts = [
        *messages,
        *(
            deviation.series.metric
            for deviation in own
            if deviation.series.role in {SeriesRole.ERRORS, SeriesRole.LATENCY}
        ),
    ]
    for incident_type, (pattern, finding) in _NAMED_TYPES.items():
        if any(pattern.search(text) for text in texts):
            return Cause(incident_type, finding, own)
    return None


def _change_cause(own: tuple[Deviation, ...], change: Change, exhausted: Cause | None) -> Cause:
    deployed = is_deployment(change)
    incident_type = "bad_deployment" if deployed else "config_change"
    finding = "was deployed just before" if deployed else "had a configuration change just before"
    undo = () if _is_first_version(change) else (ActionKind.ROLLBACK,)
    if exhausted is None:
        return Cause(incident_type, finding, own, change, undo)
    # The resource's remedy comes second: the change may be innocent.
    return Cause(incident_type, finding, exhausted.deviations, change, (*undo, *exhausted.remediation))


def _unexplained(own: tuple[Deviation, ...]) -> Cause:
    symptoms = [
        deviation
        for deviation in own
        if deviation.series.role in {SeriesRole.LATENCY, SeriesRole.ERRORS, SeriesRole.SELF}
    ]
    if not symptoms:
        finding = "shows nothing unusual, but its callers do: the cause is between them, or not measured"
        return Cause("dependency_failure", finding)
    if symptoms[0].series.role is SeriesRole.ERRORS or "error" in symptoms[0].series.metric:
        return Cause("error_spike", "has errors of its own that the evidence does not explain", own)
    return Cause("latency_degradation", "is slow itself, and the evidence does not explain why", own)


def _explains_latency(own: tuple[Deviation, ...], wait: Deviation) -> bool:
    """Whether an external wait makes up for most of the service's extra latency."""
    latency = max(
        (
            deviation.rise / deviation.series.minimum_rise.unit_scale
            for deviation in own
            if deviation.series.role is SeriesRole.LATENCY
        ),
        default=0.0,
    )
    return wait.rise / wait.series.minimum_rise.unit_scale >= _EXTERNAL_SHARE * latency


def _exhaustion(own: tuple[Deviation, ...], resource: Deviation) -> Cause | None:
    """The resource as the cause; None where some of it is known to be left: a slow service is busy."""
    if resource.series.role is SeriesRole.EXTERNAL:
        return None
    capacity = resource.series.capacity
    full = capacity is not None and resource.after >= _FULL * capacity
    if capacity is not None and not full:
        return None
    name = resource_of(resource.series.metric)
    remedy = _REMEDIES.get(name or "")
    label = "CPU" if name == "cpu" else name
    finding = f"has {label or 'resource'} usage far above normal"
    if full:
        finding = f"has almost exhausted its {label or 'resources'}"
    deviations = _first(own, resource)
    return Cause("resource_exhaustion", finding, deviations, None, (remedy,) if remedy else ())


def _first(deviations: tuple[Deviation, ...], deviation: Deviation) -> tuple[Deviation, ...]:
    return (deviation, *(other for other in deviations if other is not deviation))


def _is_first_version(change: Change) -> bool:
    """Whether there is no version to roll back to."""
    return change.previous_revision is None and change.revision is not None and change.revision <= 1


def _may_be_cause(change: Change) -> bool:
    kind = change.kind.lower().strip().replace("-", "_").replace(" ", "_")
    return is_deployment(change) or kind in _CONFIGS or "config" in kind
