"""Why: which changes and which resources speak for a service, and what would undo it."""

import re
from dataclasses import dataclass

import numpy as np

from missions.evidence import Change
from missions.plan import ActionKind
from rca.reference import Shift
from rca.roles import SeriesRole, resource_of
from rca.tables import Table, seconds

_EARLIEST = 300.0  # seconds before the onset in which a change is a reason
_INTERVALS = 2.0  # the same in samples, where they are further apart
_LATEST = 30.0
_AT_ONCE = 15.0  # seconds after a first version within which it never worked
_FULL = 0.8  # share in use from which something is full: who wants some of it waits
_OUTSIDE_SHARE = 0.6  # of its own extra latency that a wait outside must make up
_ADVICE = "No action of the catalog helps: contact the provider, or do without it."
_SURGE = 0.5  # growth of the traffic from which it is the reason
_DEPLOYMENTS = frozenset({"deployment", "deploy", "release", "rollout"})
_CONFIGS = frozenset({"config", "configuration", "config_change", "feature_flag", "flag", "secret"})
_REMEDIES = {"cpu": ActionKind.SCALE, "memory": ActionKind.RESTART, "connection pool": ActionKind.SCALE}

# What an error says of itself; no action of the catalog mends either.
_TOLD = {
    "certificate": (
        re.compile(
            r"certificate|x509|\bpkix\b|\bcert_|\b(?:tls|ssl) (?:handshake|alert|error)", re.IGNORECASE
        ),
        "a certificate that is not accepted",
    ),
    "dns": (
        re.compile(
            r"\bdns\b|\bdns_|no such host|name or service not known|getaddrinfo|enotfound|nxdomain|servfail"
            r"|unknownhost|name resolution|(?:could not|cannot|failed to) resolve",
            re.IGNORECASE,
        ),
        "names that cannot be resolved",
    ),
}


@dataclass(frozen=True)
class Cause:
    """A type of incident with what suggests it."""

    incident_type: str
    told: str
    shifts: tuple[Shift, ...] = ()
    change: Change | None = None
    remediation: tuple[ActionKind, ...] = ()
    advice: str = ""


def is_deployment(change: Change) -> bool:
    """Whether the change put a version in place; an operator's action is context, not a reason."""
    return change.kind.lower().strip() in _DEPLOYMENTS


def near(table: Table, onset: float | None) -> dict[str, Change]:
    """The newest change shortly before the onset, by service."""
    if onset is None:
        return {}
    steps = [float(np.median(np.diff(one.times))) for one in table.tracks if one.size > 1]
    earliest = max(_EARLIEST, _INTERVALS * min(steps, default=0.0))
    latest = max(_LATEST, min(steps, default=0.0))
    return {
        one.service: one
        for one in table.changes
        if onset - earliest <= seconds(one.at) <= onset + latest
        and _counts(one)
        # A service's first version is no change of it, unless it never worked.
        and not (_first(one) and onset - seconds(one.at) > _AT_ONCE)
    }


def cause_of(
    own: tuple[Shift, ...],
    resource: Shift | None,
    change: Change | None,
    lines: tuple[str, ...] = (),
    *,
    since: float = 0.0,
) -> Cause:
    """The best supported type for a service with these shifts, worst first; none of its own is silent.

    `lines` are new or surging error lines that it logs, or that name it; `since` are the seconds from the
    change to the onset.
    """
    named = [
        *lines,
        *(one.track.metric for one in own if one.track.role in {SeriesRole.ERRORS, SeriesRole.LATENCY}),
    ]
    for kind, (words, told) in _TOLD.items():
        if any(words.search(one) for one in named):
            return Cause(kind, told, own)
    if resource is not None and resource.track.role is SeriesRole.OUTSIDE and _outside(own, resource):
        rest = tuple(one for one in own if one is not resource)
        told = "a slow dependency outside the services that were seen"
        return Cause("dependency_failure", told, (resource, *rest), advice=_ADVICE)
    spent = _spent(own, resource) if resource is not None else None
    # What runs out on its own does so some time after a change, one that came with it at once.
    if change is not None and (spent is None or since <= _AT_ONCE):
        kind = "bad_deployment" if is_deployment(change) else "config_change"
        told = "a deployment" if is_deployment(change) else "a change of its configuration"
        undo = () if _first(change) else (ActionKind.ROLLBACK,)
        if spent is None:
            return Cause(kind, f"{told} just before", own, change, undo)
        # What ran out with it is the next guess: the change may be innocent.
        return Cause(kind, f"{told} just before", spent.shifts, change, (*undo, *spent.remediation))
    surge = next((one for one in own if one.track.role is SeriesRole.TRAFFIC and one.growth >= _SURGE), None)
    if surge is not None and own[0] is surge:
        return Cause("traffic_surge", "more traffic than usual", own, None, (ActionKind.SCALE,))
    if spent is not None:
        return spent
    felt = [one for one in own if one.track.role in {SeriesRole.LATENCY, SeriesRole.ERRORS, SeriesRole.OWN}]
    if not felt:
        return Cause(
            "dependency_failure", "nothing unusual itself, but who calls it does: between them or unmeasured"
        )
    if felt[0].track.role is SeriesRole.ERRORS or "error" in felt[0].track.metric:
        return Cause("error_spike", "errors of its own; the evidence does not say why", own)
    return Cause("latency_degradation", "slowness of its own; the evidence does not say why", own)


def _outside(own: tuple[Shift, ...], wait: Shift) -> bool:
    """Whether a wait for somebody outside makes up for what is felt of the service itself."""
    slow = max(
        (one.rise / one.track.floor.one for one in own if one.track.role is SeriesRole.LATENCY), default=0.0
    )
    return wait.rise / wait.track.floor.one >= _OUTSIDE_SHARE * slow


def _spent(own: tuple[Shift, ...], resource: Shift) -> Cause | None:
    """The resource as the cause; None where it is known that some is left: who is slow is busy."""
    if resource.track.role is SeriesRole.OUTSIDE:
        return None
    whole = resource.track.whole
    full = whole is not None and resource.after >= _FULL * whole
    if whole is not None and not full:
        return None
    name = resource_of(resource.track.metric) or "a resource"
    told = f"{name} that runs out" if full else f"{name} far above normal"
    remedy = _REMEDIES.get(name)
    rest = tuple(one for one in own if one is not resource)
    return Cause("resource_exhaustion", told, (resource, *rest), None, (remedy,) if remedy else ())


def _first(change: Change) -> bool:
    """Whether there is nothing to go back to."""
    return change.previous_revision is None and change.revision is not None and change.revision <= 1


def _counts(change: Change) -> bool:
    kind = change.kind.lower().strip().replace("-", "_").replace(" ", "_")
    return is_deployment(change) or kind in _CONFIGS or "config" in kind
