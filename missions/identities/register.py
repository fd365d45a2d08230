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

    `uses` are how often evidence writes each name. `keys` holds the keys of those that differ from their key,
    and `variants` these names by key.

    `names` are those of services and workloads, `pods` those that labels give to pods. `measured` names have
    series of their own. `owners` holds, for a pod or a workload, the services that labels name beside it.
    """

    names: set[str] = field(default_factory=set)
    pods: set[str] = field(default_factory=set)
    measured: set[str] = field(default_factory=set)
    uses: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    variants: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    owners: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    workloads: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, appearance: Appearance) -> None:
        """Adds one appearance."""
        name = appearance.name or appearance.service
        subject = self._key(name) if name else ""
        pod = self._key(appearance.pod) if appearance.pod else ""
        workload = self._key(appearance.workload) if appearance.workload else ""
        if subject and subject != pod:
            self.names.add(subject)
            if appearance.measured:
                self.measured.add(subject)
                # Its dashboards' spelling is shown, however often others write it differently.
                self.uses[name] += _MEASURED_WEIGHT
        if workload:
            self.names.add(workload)
        if pod:
            self.pods.add(pod)
        for replica in (pod, workload):
            if replica and subject and subject != replica:
                self.owners[replica].add(subject)
        if pod and workload and pod != workload:
            self.workloads[pod].add(workload)

    @property
    def all_keys(self) -> Iterable[str]:
        """The keys of all names, in the order in which evidence names them."""
        return dict.fromkeys(self.keys.get(name, name) for name in self.uses)

    def key_of(self, name: str) -> str:
        """The comparison key of a name, whether evidence shows it or not."""
        if name in self.uses:
            return self.keys.get(name, name)
        return comparison_key(name)

    def spellings(self, key: str) -> dict[str, int]:
        """How often evidence writes the name in each spelling."""
        counts: dict[str, int] = {}
        for name in (key, *self.variants.get(key, ())):
            if name in self.uses:
                counts[normal(name)] = counts.get(normal(name), 0) + self.uses[name]
        return counts

    def _key(self, name: str) -> str:
        uses = self.uses.get(name)
        if uses is not None:
            self.uses[name] = uses + 1
            return self.keys.get(name, name)
        self.uses[name] = 1
        key = comparison_key(name)
        if key == name:
            return name
        self.keys[name] = key
        self.variants[key].append(name)
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
