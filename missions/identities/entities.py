"""What the names of evidence stand for, and why two names are one thing."""

from enum import StrEnum

from missions.frozen_model import FrozenModel


class MergeBasis(StrEnum):
    """Why two names stand for one service, most reliable first."""

    ALIAS = "alias"
    LABEL = "label"
    SPELLING = "spelling"
    ADDRESS = "address"
    REPLICA = "replica"
    KIND = "kind"


class ScopeKind(StrEnum):
    """What tells two services of one name apart."""

    CLUSTER = "cluster"
    ENVIRONMENT = "environment"
    NAMESPACE = "namespace"


SCOPES = tuple(ScopeKind)


class ServiceIdentity(FrozenModel):
    """A service with the place where it runs; "" where the place is not known, or where it has several.

    `distinguished_by` are the parts of the place without which another service has the same name.
    """

    service: str
    cluster: str = ""
    environment: str = ""
    namespace: str = ""
    distinguished_by: tuple[ScopeKind, ...] = ()

    def place(self, kind: ScopeKind) -> str:
        """The cluster, the environment or the namespace."""
        return {
            ScopeKind.CLUSTER: self.cluster,
            ScopeKind.ENVIRONMENT: self.environment,
            ScopeKind.NAMESPACE: self.namespace,
        }[kind]

    @property
    def words(self) -> str:
        """The name that people read: "billing", or "billing (cluster east)" where there are several."""
        return name_in(self.service, {kind: self.place(kind) for kind in self.distinguished_by})


class NameMerge(FrozenModel):
    """A name that stands for a service, why, and the reason as a sentence that people can contradict."""

    name: str
    service: str
    basis: MergeBasis
    reason: str


class AmbiguousName(FrozenModel):
    """A name that may stand for each of the services, and therefore for none of them."""

    name: str
    services: tuple[str, ...]
    reason: str


class Entity(FrozenModel):
    """A service with every name under which evidence shows it. `name` is unique in one table."""

    name: str
    identity: ServiceIdentity
    names: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def name_in(service: str, places: dict[ScopeKind, str]) -> str:
    """The service's name with its place in brackets: "billing (cluster east, namespace shop)"."""
    parts = [f"{kind} {value}" for kind, value in places.items() if value]
    return f"{service} ({', '.join(parts)})" if parts else service
