"""Collects what evidence says about every name, before any name is resolved."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from missions.identities.appearances import Appearance
from missions.identities.replicas import replica_forms
from missions.identities.spelling import comparison_key, normal

_MEASURED_WEIGHT = 1_000_000


@dataclass
class NameRegister:
    """All names by their comparison keys.

    `names` are those of services and workloads, `pods` those that labels give to pods. `measured` names have
    series of their own. `owners` holds, for a pod or a workload, the services that labels name beside it.
    """

    names: set[str] = field(default_factory=set)
    pods: set[str] = field(default_factory=set)
    measured: set[str] = field(default_factory=set)
    namespaces: set[str] = field(default_factory=set)
    spellings: dict[str, dict[str, int]] = field(default_factory=dict)
    owners: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    workloads: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, appearance: Appearance) -> None:
        """Adds one appearance."""
        subject = self._key(appearance.name or appearance.service)
        pod, workload = self._key(appearance.pod), self._key(appearance.workload)
        if subject and subject != pod:
            self.names.add(subject)
            if appearance.measured:
                self.measured.add(subject)
                # Its dashboards' spelling is shown, however often others write it differently.
                self.spellings[subject][normal(appearance.name or appearance.service)] += _MEASURED_WEIGHT
        if workload:
            self.names.add(workload)
        if pod:
            self.pods.add(pod)
        if appearance.namespace:
            self.namespaces.add(comparison_key(appearance.namespace))
        for replica in (pod, workload):
            if replica and subject and subject != replica:
                self.owners[replica].add(subject)
        if pod and workload and pod != workload:
            self.workloads[pod].add(workload)

    def _key(self, name: str) -> str:
        if not name:
            return ""
        key = comparison_key(name)
        spelling, counts = normal(name), self.spellings.get(key)
        if counts is None:
            self.spellings[key] = {spelling: 1}
        else:
            counts[spelling] = counts.get(spelling, 0) + 1
        return key


def trusted_owners(register: NameRegister) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The service of each pod and workload, by labels; and those with several services, apart.

    A service label beside the pods of several workloads is the exporter's own, unless they bear its name;
    one beside the pod of another measured service is what that pod calls.
    """
    stems_of: defaultdict[str, set[str]] = defaultdict(set)
    for replica, services in register.owners.items():
        for service in services:
            stems_of[service].add(_workload_of(replica))
    trusted: dict[str, str] = {}
    disputed: dict[str, tuple[str, ...]] = {}
    for replica, services in register.owners.items():
        stem = _workload_of(replica)
        own = {
            service
            for service in services
            if stem == service
            or stem.startswith(f"{service}-")
            or (stems_of[service] == {stem} and stem not in register.measured)
        }
        named = {service for service in own if stem == service} or own
        if len(named) == 1:
            trusted[replica] = next(iter(named))
        elif named:
            disputed[replica] = tuple(sorted(named))
    for pod, workloads in register.workloads.items():
        if pod not in trusted and pod not in disputed and len(workloads) == 1:
            trusted[pod] = next(iter(workloads))
    return trusted, disputed


def registered(appearances: Iterable[Appearance]) -> NameRegister:
    """The register of all appearances."""
    register = NameRegister()
    for appearance in appearances:
        register.add(appearance)
    return register


def _workload_of(replica: str) -> str:
    """The name that all replicas of one workload share."""
    form = next(iter(replica_forms(replica)), None)
    return replica if form is None else form.stem
