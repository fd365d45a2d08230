"""Why: which changes and which resources speak for a service, and what would undo it."""

import re
from dataclasses import dataclass

import numpy as np

from missions.evidence import Change
from missions.plan import ActionKind
from rca.incidents import is_deployment
from rca.reference import Shift
from rca.roles import Role, resource_of
from rca.tables import Table, seconds

_EARLIEST = 300.0  # seconds before the onset in which a change is a reason
_INTERVALS = 2.0  # the same in samples, where they are further apart
_LATEST = 30.0
_SURGE = 0.5  # growth of the traffic from which it is the reason
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
        if onset - earliest <= seconds(one.at) <= onset + latest and _counts(one)
    }


def cause_of(
    own: tuple[Shift, ...], resource: Shift | None, change: Change | None, lines: tuple[str, ...] = ()
) -> Cause:
    """The best supported type for a service with these shifts, worst first; none of its own is silent.

    `lines` are new or surging error lines that it logs, or that name it.
    """
    named = [*lines, *(one.track.metric for one in own if one.track.role in {Role.ERRORS, Role.LATENCY})]
    for kind, (words, told) in _TOLD.items():
        if any(words.search(one) for one in named):
            return Cause(kind, told, own)
    if change is not None:
        kind = "bad_deployment" if is_deployment(change) else "config_change"
        told = "a deployment" if is_deployment(change) else "a change of its configuration"
        first = change.previous_revision is None and change.revision is not None and change.revision <= 1
        return Cause(kind, f"{told} just before", own, change, () if first else (ActionKind.ROLLBACK,))
    surge = next((one for one in own if one.track.role is Role.TRAFFIC and one.growth >= _SURGE), None)
    if surge is not None and own[0] is surge:
        return Cause("traffic_surge", "more traffic than usual", own, None, (ActionKind.SCALE,))
    if resource is not None:
        name = resource_of(resource.track.metric) or "a resource"
        remedy = _REMEDIES.get(name)
        rest = tuple(one for one in own if one is not resource)
        told = f"{name} that runs out"
        return Cause("resource_exhaustion", told, (resource, *rest), None, (remedy,) if remedy else ())
    felt = [one for one in own if one.track.role in {Role.LATENCY, Role.ERRORS, Role.OWN}]
    if not felt:
        return Cause(
            "dependency_failure", "nothing unusual itself, but who calls it does: between them or unmeasured"
        )
    if felt[0].track.role is Role.ERRORS or "error" in felt[0].track.metric:
        return Cause("error_spike", "errors of its own; the evidence does not say why", own)
    return Cause("latency_degradation", "slowness of its own; the evidence does not say why", own)


def _counts(change: Change) -> bool:
    kind = change.kind.lower().strip().replace("-", "_").replace(" ", "_")
    return is_deployment(change) or kind in _CONFIGS or "config" in kind
