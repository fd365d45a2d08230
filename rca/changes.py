"""Which changes may be the cause of an incident."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from missions.evidence import Change
from missions.identities.entities import SCOPES, ScopeKind, ServiceIdentity
from missions.identities.spelling import comparison_key
from rca.constants import CONSTANTS
from rca.times import epoch_seconds


class ChangeKind(StrEnum):
    """A change puts a version in place, changes the configuration, stops a service, or does none of these."""

    DEPLOYMENT = "deployment"
    CONFIGURATION = "configuration"
    STOP = "stop"
    OTHER = "other"


# The order matters: "config sync" changes the configuration, by any synchronizer.
_NO_CAUSE = re.compile(
    r"autoscal|\bhpa\b|\bscal(?:e|ed|ing)|restart|\bbackup\b|\bprobe\b|pull(?:ed|ing)", re.IGNORECASE
)
_CONFIGURATION = re.compile(
    r"config|\bflags?\b|feature|toggle|secret|\benv\b|setting|migrat|schema|change ?set|infrastructure"
    r"|certificate|\bcert\b|policy|firewall|\bdns\b|route|quota|limit",
    re.IGNORECASE,
)
_CONFIGURING_TOOLS = re.compile(
    r"terraform|opentofu|pulumi|cloudformation|crossplane|ansible|puppet|liquibase|flyway|alembic|launchdarkly"
    r"|unleash|flagsmith|external ?secret|vault|consul",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"\bimage|\bversion|releas|upgrad|roll(?:ed)?[ _]?(?:out|back|forward)|task definition|canary|promot",
    re.IGNORECASE,
)
_DEPLOYMENT = re.compile(
    r"deploy|releas|roll(?:ed)?[ _-]?(?:out|back|forward)|\bsync|reconcil|upgrad|install|image|version"
    r"|canary|promot|revision|argo|flux|helm|\bapply\b|\bapplied\b|\bbuild\b|publish|ship(?:ped)?\b",
    re.IGNORECASE,
)
_NO_REPLICA = re.compile(
    r"\bscal(?:e|ed|ing)(?: down)?(?: \S+){0,2}? (?:from \d+ )?to (?:0|zero)(?![\w.])"
    r"|(?<!min )(?<!max )(?<!available )(?<!ready )\b(?:replicas?|desired ?(?:count|capacity))"
    r" ?(?:[:=]|from\b)? ?(?:\d+ ?(?:->|→|to) ?)?(?:to )?0(?![\d.]|\s*(?:->|→|to\b))",
    re.IGNORECASE,
)
_STOPPED = re.compile(
    rf"{_NO_REPLICA.pattern}|decommission|shut ?down|retire|\bdelet|\bstop"
    r"|suspend|\bdrain|uninstall|teardown|remov",
    re.IGNORECASE,
)
_PLACES = {
    "cluster": ScopeKind.CLUSTER,
    "env": ScopeKind.ENVIRONMENT,
    "environment": ScopeKind.ENVIRONMENT,
    "namespace": ScopeKind.NAMESPACE,
    "ns": ScopeKind.NAMESPACE,
}
_PLACE = re.compile(rf"\b({'|'.join(_PLACES)})\s*[=:]\s*[\"']?([\w.-]+)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[_\-./]+|(?<=[a-z])(?=[A-Z])")


def kind_of(change: Change) -> ChangeKind:
    """What a change does, by its kind; by its description where the kind says nothing."""
    kind, description = (_SEPARATORS.sub(" ", text) for text in (change.kind, change.description))
    if not _VERSION.search(f"{kind} {description}"):
        if is_scaled_to_zero(change):
            return ChangeKind.STOP
        if _NO_CAUSE.search(f"{kind} {description}"):
            return ChangeKind.OTHER
    if _CONFIGURING_TOOLS.search(f"{kind} {description}"):
        return ChangeKind.CONFIGURATION
    for words in (kind, description):
        if _CONFIGURATION.search(words):
            return ChangeKind.CONFIGURATION
        if _DEPLOYMENT.search(words) or _VERSION.search(words):
            return ChangeKind.DEPLOYMENT
    return ChangeKind.DEPLOYMENT if change.version else ChangeKind.OTHER


def is_scaled_to_zero(change: Change) -> bool:
    """Whether the change leaves no replica of the service."""
    return _NO_REPLICA.search(f"{_SEPARATORS.sub(' ', change.kind)} {change.description}") is not None


def is_first_version(change: Change) -> bool:
    """Whether there is no version to roll back to."""
    return change.previous_revision is None and change.revision is not None and change.revision <= 1


def stopped_on_purpose(changes: Iterable[Change]) -> frozenset[str]:
    """Services that people stopped or removed, by the changes' own words."""
    return frozenset(
        change.service
        for change in changes
        if change.service and _STOPPED.search(f"{_SEPARATORS.sub(' ', change.kind)} {change.description}")
    )


def is_elsewhere(change: Change, identity: ServiceIdentity | None) -> bool:
    """Whether the change's own words name another cluster, environment or namespace than the service's."""
    if identity is None:
        return False
    places = {kind: comparison_key(identity.place(kind)) for kind in SCOPES}
    named = (
        (_PLACES[word.lower()], comparison_key(value)) for word, value in _PLACE.findall(change.description)
    )
    return any(places[kind] and places[kind] != value for kind, value in named)


def changes_near(
    changes: Iterable[Change],
    onset: float | None,
    step: float,
    identities: Mapping[str, ServiceIdentity] | None = None,
) -> dict[str, Change]:
    """The newest change around the onset (epoch seconds) that may be its cause, by service.

    `identities` say where services run: a change in another cluster is no cause here.
    """
    if onset is None:
        return {}
    earliest = onset - max(CONSTANTS.change_before_s, 2 * step)
    latest = onset + max(CONSTANTS.change_after_s, step)
    near = (
        change
        for change in changes
        if change.service
        and earliest <= epoch_seconds(change.at) <= latest
        and kind_of(change) is not ChangeKind.OTHER
        and not is_first_version(change)
        and not is_elsewhere(change, (identities or {}).get(change.service))
    )
    return {change.service: change for change in sorted(near, key=lambda change: (change.at, change.id))}
