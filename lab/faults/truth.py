from enum import StrEnum
from typing import NamedTuple

from lab.topology import Component
from missions.frozen_model import FrozenModel
from missions.plan import ActionKind


class LabAction(NamedTuple):
    """An action on a service or, for a restart, on a piece of infrastructure, by its component's name."""

    kind: ActionKind
    service: str

    def __str__(self) -> str:
        return f"{self.kind} {self.service}"


class IncidentType(StrEnum):
    """What kind of incident a fault is. Some are not types that the engine has today."""

    BAD_DEPLOYMENT = "bad_deployment"
    CONFIG_CHANGE = "config_change"
    RESOURCE_EXHAUSTION = "resource_exhaustion"
    TRAFFIC_SURGE = "traffic_surge"
    DEPENDENCY_FAILURE = "dependency_failure"
    ERROR_SPIKE = "error_spike"
    LATENCY_DEGRADATION = "latency_degradation"
    CERTIFICATE = "certificate"
    DNS = "dns"
    LOCK_CONTENTION = "lock_contention"
    MISSING_INDEX = "missing_index"
    CACHE = "cache"
    BACKLOG = "backlog"
    NETWORK = "network"
    CLOCK = "clock"
    MONITORING = "monitoring"


class Family(StrEnum):
    """Faults with one way of being injected."""

    RELEASE = "release"
    DATABASE = "database"
    CACHE = "cache"
    QUEUE = "queue"
    LINK = "link"
    EDGE = "edge"
    HOST = "host"
    THIRD_PARTY = "third-party"
    LOAD = "load"
    MONITORING = "monitoring"
    HEALTHY = "healthy"
    TWO = "two"


class Truth(FrozenModel):
    """What really happened, known to the lab only: `truth.json` is its JSON.

    `components` are at fault; `accepted` are all names that are right for them; `incident_types` are the
    right types, the most exact one first. `onset` is in epoch seconds, None before it and in a healthy lab.
    `detail` is the place and the size; `note` is what else matters, for example which mechanism ended a
    process that ran out of memory.
    """

    kind: str
    family: Family
    components: tuple[Component, ...]
    accepted: tuple[str, ...]
    incident_types: tuple[IncidentType, ...]
    onset: float | None = None
    detail: str = ""
    helps: tuple[LabAction, ...] = ()
    does_not_help: tuple[LabAction, ...] = ()
    healthy: bool = False
    note: str = ""
