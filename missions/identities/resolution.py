"""Decides which name stands for which service. A name that may stand for two stays apart."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from missions.identities.aliases import Aliases, combined
from missions.identities.entities import MergeBasis
from missions.identities.name_forms import NameForms, forms_of
from missions.identities.register import NameRegister, trusted_owners
from missions.identities.replicas import FormCertainty, ReplicaForm
from missions.identities.spelling import comparison_key, normal, preferred

_LONGEST = 253  # characters of a name in DNS; longer ones have no form
_DEPTH = 3  # steps from a name to its service, as in "redis-0.redis.shop.svc:6379"


class Resolved(NamedTuple):
    """The service's key, and why; without a basis the name stands for itself.

    `form` says what the name looks like, `of` whose name that is. `namespace` is the one that an address
    names. `rivals` are the services that the name may stand for.
    """

    service: str
    basis: MergeBasis | None = None
    form: str = ""
    of: str = ""
    namespace: str = ""
    rivals: tuple[str, ...] = ()


@dataclass
class NameResolver:
    """Resolves comparison keys. `spellings` are those that people gave."""

    register: NameRegister
    aliases: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    disputed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    siblings: Mapping[str, set[str]] = field(default_factory=dict)
    domains: Mapping[str, set[str]] = field(default_factory=dict)
    endings: Mapping[str, set[str]] = field(default_factory=dict)
    projects: Mapping[str, set[str]] = field(default_factory=dict)
    forms: Mapping[str, NameForms] = field(default_factory=dict)
    resolved: dict[str, Resolved] = field(default_factory=dict)
    replicas: dict[tuple[str, str], Resolved | None] = field(default_factory=dict)

    def resolve(self, key: str, depth: int = 0) -> Resolved:
        """The service of a name."""
        cached = self.resolved.get(key)
        if cached is None and depth > _DEPTH:
            return Resolved(key)
        if cached is None:
            cached = self._resolve(key, depth)
            self.resolved[key] = cached
        return cached

    def reason(self, resolved: Resolved) -> str:
        """Why the name stands for the service, as a sentence."""
        if resolved.basis is MergeBasis.ALIAS:
            return "A person gave it as another name."
        if resolved.basis is MergeBasis.LABEL:
            return f"Labels name it beside {self.spelling(resolved.of)}."
        return f"Its form is that of {resolved.form} of {self.spelling(resolved.of)}."

    def spelling(self, key: str) -> str:
        """The name as it is shown."""
        seen = self.register.spellings(key)
        return preferred(seen) if seen else self.spellings.get(key, key)

    def _resolve(self, key: str, depth: int) -> Resolved:
        if key in self.aliases:
            return Resolved(self.aliases[key], MergeBasis.ALIAS, of=self.aliases[key])
        if key in self.spellings or len(key) > _LONGEST:
            return Resolved(key)
        if key in self.disputed:
            return Resolved(key, MergeBasis.LABEL, rivals=self.disputed[key])
        owner = self.owners.get(key)
        if owner is not None:
            return self._through(owner, MergeBasis.LABEL, "", depth)
        forms = self.forms.get(key) or forms_of(key)
        if (
            depth == 0
            and not forms.addresses
            and forms.replicas
            and (shared := self._shared(forms.replicas[0]))
        ):
            return shared
        readings = [*self._readings(key, forms, depth)]
        services = {reading.service for reading in readings} if len(readings) > 1 else ()
        if len(services) > 1:
            return Resolved(key, rivals=tuple(sorted(services)))
        return readings[0] if readings else Resolved(key)

    def _through(self, name: str, basis: MergeBasis, form: str, depth: int, namespace: str = "") -> Resolved:
        """The service that the name stands for, which another name leads to."""
        further = self.resolve(name, depth + 1)
        return Resolved(further.service, basis, form, name, namespace or further.namespace)

    def _shared(self, form: ReplicaForm) -> Resolved | None:
        """What all replicas of the stem stand for; None if the form alone does not say so."""
        if form.certainty is not FormCertainty.STRONG:
            return None
        place = form.stem, form.kind
        if place not in self.replicas:
            siblings = self.siblings.get(form.stem, ())
            exists = self.is_named(form.stem) or len(siblings) > 1
            through = self._through(form.stem, MergeBasis.REPLICA, form.kind, 0) if exists else None
            self.replicas[place] = through
        return self.replicas[place]

    def _readings(self, key: str, forms: NameForms, depth: int) -> Iterator[Resolved]:
        """Every service that the forms of the name allow and that there is."""
        for address in forms.addresses:
            shared = address.certain or len(self.domains.get(address.domain, ())) > 1
            # The parts of a name in DNS are addresses of their own: the whole needs no reading again.
            dotted = "." in address.name
            if shared and (self.is_named(address.name) if dotted else self._exists(address.name, depth)):
                yield self._through(address.name, MergeBasis.ADDRESS, address.kind, depth, address.namespace)
        for form in forms.replicas:
            if self._is_replica(key, form):
                yield self._through(form.stem, MergeBasis.REPLICA, form.kind, depth)
                if form.certainty is not FormCertainty.ORDINAL:
                    return
                break
        if forms.projects:
            yield from self._compose(forms.projects, depth)
        if forms.ending and (target := self._without_ending(key, forms.ending[0])):
            yield self._through(target, MergeBasis.KIND, f"the {forms.ending[1]}", depth)

    def _exists(self, name: str, depth: int) -> bool:
        """Whether evidence names it, or it stands for something that evidence names."""
        return self.is_named(name) or (depth < _DEPTH and self.resolve(name, depth + 1).basis is not None)

    def is_named(self, name: str) -> bool:
        """Whether evidence or people name it as a service or a workload."""
        return name in self.register.names or name in self.aliases or name in self.spellings

    def _is_replica(self, key: str, form: ReplicaForm) -> bool:
        """Whether there is evidence beside the form: the service, other replicas, or a label."""
        siblings = self.siblings.get(form.stem, set())
        by_label = key in self.register.pods
        if form.certainty is FormCertainty.ORDINAL and not by_label:
            if key in self.register.measured and self._is_apart(key, form.stem, siblings):
                return False
            if not self.is_named(form.stem):
                first = any(f"{form.stem}{mark}0" in siblings for mark in "-_.")
                return first and len(siblings) > 1
            return True
        if self.is_named(form.stem):
            return by_label or form.certainty is FormCertainty.STRONG or len(siblings) > 1
        return len(siblings) > 1 and (by_label or form.certainty is FormCertainty.STRONG)

    def _is_apart(self, key: str, stem: str, siblings: set[str]) -> bool:
        """Whether the measured name is a shard beside others, or a version as "postgres-15"."""
        if len(siblings & self.register.measured) > 1:
            return True
        lonely = len(siblings) == 1 and int(key[len(stem) + 1 :]) > 1
        return lonely and stem in self.register.measured

    def _compose(self, splits: tuple[tuple[str, str], ...], depth: int) -> Iterator[Resolved]:
        """`project-service-1`: a known service after the name of a project, which is no service itself."""
        for project, service in splits:
            prefixes = self.projects.get(service, set())
            if self.is_named(service) and not self.is_named(project) and prefixes == {project}:
                yield self._through(service, MergeBasis.REPLICA, f"a container in {project}", depth)
                return

    def _without_ending(self, key: str, stem: str) -> str | None:
        """The name that this one repeats with a kind of object at its end, unless both are measured."""
        measured = self.register.measured
        if self.is_named(stem):
            return None if key in measured and stem in measured else stem
        others = self.endings.get(stem, set())
        if len(others) < 2 or len(others & measured) > 1:  # noqa: PLR2004  several objects of one service
            return None
        target = next(iter(others & measured), min(others))
        return None if target == key else target


def resolver_of(register: NameRegister, aliases: Aliases) -> NameResolver:
    """The resolver of all names of the register."""
    owners, disputed = trusted_owners(register)
    people = combined([aliases])
    forms: dict[str, NameForms] = {}
    domains, siblings, endings, projects = (defaultdict[str, set[str]](set) for _ in range(4))
    for key in register.all_keys:
        if len(key) > _LONGEST:
            continue
        forms[key] = own = forms_of(key)
        for form in own.replicas:
            siblings[form.stem].add(key)
        if own.ending:
            endings[own.ending[0]].add(key)
        for address in own.addresses:
            if address.domain and address.name in register.names:
                domains[address.domain].add(address.name)
        for project, service in own.projects:
            if service in register.names:
                projects[service].add(project)
    return NameResolver(
        register,
        {comparison_key(other): comparison_key(name) for name, others in people.items() for other in others},
        {comparison_key(name): normal(name) for name in people},
        owners,
        disputed,
        siblings,
        domains,
        endings,
        projects,
        forms,
    )
