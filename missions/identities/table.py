"""The table of names: which service every name of the evidence stands for, where it runs, and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from missions.identities.aliases import Aliases
from missions.identities.appearances import Appearance
from missions.identities.entities import (
    AmbiguousName,
    Entity,
    MergeBasis,
    NameMerge,
    ServiceIdentity,
    name_in,
)
from missions.identities.register import registered
from missions.identities.resolution import Resolved, resolver_of
from missions.identities.scopes import Scope, ScopeIndex
from missions.identities.spelling import comparison_key, normal

_LEVELS = ("workload", "pod", "container", "instance", "host")


class IdentityTable:
    """Resolves names to services. Names that were not in the evidence resolve by what was.

    Nothing is merged without a reason (`merges`). A name that may stand for several services stays apart
    (`ambiguous`). The order of the appearances does not matter. `everywhere` are names that stand for the
    service at each of its places, as in a call graph.
    """

    def __init__(
        self,
        appearances: Iterable[Appearance],
        aliases: Aliases | None = None,
        everywhere: Iterable[str] = (),
    ) -> None:
        self._appearances = tuple(dict.fromkeys(appearances))
        self._everywhere = tuple(Appearance(name=name) for name in dict.fromkeys(everywhere) if name)
        register = registered((*self._appearances, *self._everywhere))
        self._resolver = resolver_of(register, aliases or {})
        keys = [*map(self._subject_key, self._appearances)]
        resolved = [*map(self._resolver.resolve, keys)]
        self._scopes = ScopeIndex(zip(self._appearances, keys, resolved, strict=True))
        self._names_in: dict[tuple[str, Scope], str] = {}
        names = map(self._name, self._appearances, keys, resolved)
        self._names = dict(zip(self._appearances, names, strict=True))

    def name_of(self, appearance: Appearance) -> str:
        """The name of the entity, as "billing (cluster east)"; "" for an appearance without names."""
        name = self._names.get(appearance)
        if name is None:
            key = self._subject_key(appearance)
            name = self._names[appearance] = self._name(appearance, key, self._resolver.resolve(key))
        return name

    def names_everywhere(self, name: str) -> tuple[str, ...]:
        """The names of the service at each of its places; its one name where it has no several places."""
        service = self._service_key(Appearance(name=name))
        spelling = self._resolver.spelling(service) or normal(name)
        places = self._scopes.places(service).values()
        return tuple(sorted({name_in(spelling, place) for place in places})) or (spelling,)

    def services_named(self, name: str) -> tuple[str, ...]:
        """The names of the entities that a person may mean by this name, sorted; () where it means none."""
        key = comparison_key(name)
        entities = self._by_name.get(key) or self._by_name.get(self._resolver.resolve(key).service)
        return entities or ()

    @property
    def spoken_names(self) -> Mapping[str, tuple[str, ...]]:
        """The entities by every name that evidence or people have for them; names are comparison keys."""
        return self._by_name

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """Every service, by name."""
        parts: defaultdict[str, list[Appearance]] = defaultdict(list)
        unplaced = (each for each in self._everywhere if len(self.names_everywhere(each.name)) == 1)
        for appearance in (*self._appearances, *unplaced):
            if name := self.name_of(appearance):
                parts[name].append(appearance)
        return tuple(self._entity(name, parts[name]) for name in sorted(parts))

    @cached_property
    def identities(self) -> Mapping[str, ServiceIdentity]:
        """The identity of every entity, by its name."""
        return {entity.name: entity.identity for entity in self.entities}

    @cached_property
    def merges(self) -> tuple[NameMerge, ...]:
        """Every name that stands for another one, with the reason, by name."""
        merges: dict[tuple[str, str], NameMerge] = {}
        for key, resolved in sorted(self._resolved().items()):
            service = self._resolver.spelling(resolved.service)
            if resolved.basis is not None and not resolved.rivals:
                merge = NameMerge(
                    name=self._resolver.spelling(key),
                    service=service,
                    basis=resolved.basis,
                    reason=self._resolver.reason(resolved),
                )
                merges[merge.name, service] = merge
            for spelling in self._resolver.register.spellings(key):
                if spelling != self._resolver.spelling(key):
                    merges[spelling, service] = NameMerge(
                        name=spelling,
                        service=service,
                        basis=MergeBasis.SPELLING,
                        reason=f"It is {self._resolver.spelling(key)} in another spelling.",
                    )
        return tuple(merges[pair] for pair in sorted(merges))

    @cached_property
    def ambiguous(self) -> tuple[AmbiguousName, ...]:
        """Every name that may stand for several services, by name."""
        names = [
            AmbiguousName(
                name=self._resolver.spelling(key),
                services=tuple(map(self._resolver.spelling, resolved.rivals)),
                reason="Labels name several services beside it."
                if resolved.basis
                else "Its form fits several services.",
            )
            for key, resolved in self._resolved().items()
            if resolved.rivals
        ]
        for service, scopes in self._scopes.ambiguous.items():
            spelling = self._resolver.spelling(service)
            places = self._scopes.places(service)
            names.append(
                AmbiguousName(
                    name=spelling,
                    services=tuple(sorted(name_in(spelling, places[scope]) for scope in scopes)),
                    reason="Evidence names it without the place, and it runs in several.",
                )
            )
        return tuple(sorted(names, key=lambda ambiguity: (ambiguity.name, ambiguity.services)))

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        names: defaultdict[str, set[str]] = defaultdict(set)
        for entity in self.entities:
            service = entity.identity.service
            for name in (entity.name, service, *entity.names, *entity.workloads, *entity.pods):
                names[comparison_key(name)].add(entity.name)
        for alias, service in self._resolver.aliases.items():
            names[alias] |= names.get(service, set())
        return {name: tuple(sorted(entities)) for name, entities in names.items() if entities}

    def _resolved(self) -> Mapping[str, Resolved]:
        register = self._resolver.register
        return {key: self._resolver.resolve(key) for key in register.all_keys}

    def _service_key(self, appearance: Appearance) -> str:
        return self._resolver.resolve(self._subject_key(appearance)).service

    def _subject_key(self, appearance: Appearance) -> str:
        """What the appearance is resolved by; a container counts if it has the name of a service."""
        key = self._resolver.register.key_of(appearance.subject)
        if key or not appearance.container:
            return key
        container = comparison_key(appearance.container)
        return container if self._resolver.is_named(container) else ""

    def _scope_of(self, appearance: Appearance) -> Scope:
        key = self._subject_key(appearance)
        return self._scope(appearance, key, self._resolver.resolve(key))

    def _scope(self, appearance: Appearance, key: str, resolved: Resolved) -> Scope:
        """The scope that the evidence, an address, or other evidence of the same replica gives."""
        pod = self._resolver.register.key_of(appearance.pod) if appearance.pod else key
        return self._scopes.completed(appearance, pod, resolved.namespace)

    def _name(self, appearance: Appearance, key: str, resolved: Resolved) -> str:
        if not resolved.service:
            return ""
        place = resolved.service, self._scope(appearance, key, resolved)
        name = self._names_in.get(place)
        if name is None:
            spelling = self._resolver.spelling(resolved.service)
            name = self._names_in[place] = name_in(spelling, self._scopes.place(*place))
        return name

    def _entity(self, name: str, parts: list[Appearance]) -> Entity:
        service = self._service_key(parts[0])
        place = self._scopes.place(service, self._scope_of(parts[0]))
        values = [{*scope} - {""} for scope in zip(*(self._scope_of(part) for part in parts), strict=True)]
        cluster, environment, namespace = (next(iter(each)) if len(each) == 1 else "" for each in values)
        identity = ServiceIdentity(
            service=self._resolver.spelling(service),
            cluster=cluster,
            environment=environment,
            namespace=namespace,
            distinguished_by=tuple(kind for kind, value in place.items() if value),
        )
        levels = {
            f"{level}s": tuple(sorted({normal(value) for part in parts if (value := getattr(part, level))}))
            for level in _LEVELS
        }
        names = tuple(sorted({normal(part.subject) for part in parts if part.subject}))
        return Entity(name=name, identity=identity, names=names, **levels)
