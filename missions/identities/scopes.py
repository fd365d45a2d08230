"""Where services run: one name in two clusters, environments or namespaces is two services."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from missions.identities.appearances import Appearance
from missions.identities.entities import SCOPES, ScopeKind
from missions.identities.resolution import Resolved
from missions.identities.spelling import comparison_key, environment_key, normal

Scope = tuple[str, str, str]
"""Cluster, environment and namespace as they are shown; "" where they are not known."""

_NOWHERE: Scope = ("", "", "")


class ScopeIndex:
    """The places of every service. Names of services are comparison keys."""

    def __init__(self, appearances: Iterable[tuple[Appearance, str, Resolved]]) -> None:
        """Of each appearance: the key of its subject, and what that stands for."""
        self._spelling: dict[tuple[ScopeKind, str], str] = {}
        self._replicas: dict[str, Scope | None] = {}
        scopes: defaultdict[str, set[Scope]] = defaultdict(set)
        placed: set[Scope] = set()
        unplaced: list[tuple[str, str]] = []
        for appearance, subject, resolved in appearances:
            scope = _scope(appearance, resolved.namespace)
            if scope == _NOWHERE:
                unplaced.append((subject if appearance.subject else "", resolved.service))
                continue
            scopes[resolved.service].add(_keys(scope))
            placed.add(scope)
            if appearance.pod:
                self._place_replica(comparison_key(appearance.pod), scope)
            if appearance.subject:
                self._place_replica(subject, scope)
        for scope in placed:
            for kind, key, value in zip(SCOPES, _keys(scope), scope, strict=True):
                self._spelling[kind, key] = min(value, self._spelling.get((kind, key), value))
        self._full = {service: _maximal(places) for service, places in scopes.items()}
        self._shown = {service: _distinguishing(places) for service, places in self._full.items()}
        self.ambiguous = self._ambiguous(scopes, unplaced)

    def completed(self, appearance: Appearance, replica: str, namespace: str) -> Scope:
        """The appearance's own scope, else that of other evidence of the replica.

        `replica` is a comparison key, `namespace` the one that an address names.
        """
        scope = _scope(appearance, namespace)
        others = self._replicas.get(replica)
        if not others or others == scope:
            return scope
        first, second, third = (own or other for own, other in zip(scope, others, strict=True))
        return first, second, third

    def place(self, service: str, scope: Scope) -> dict[ScopeKind, str]:
        """What tells this service apart from others of its name; empty where there is no other."""
        shown = self._shown.get(service, ())
        if not shown:
            return {}
        keys = _keys(scope)
        fitting = [full for full in self._full[service] if _fits(keys, full)]
        return self._words(service, fitting[0] if len(fitting) == 1 else keys)

    def places(self, service: str) -> Mapping[Scope, dict[ScopeKind, str]]:
        """What tells each of the service's places apart."""
        if not self._shown.get(service):
            return {}
        return {full: self._words(service, full) for full in self._full[service]}

    def _words(self, service: str, keys: Scope) -> dict[ScopeKind, str]:
        return {
            kind: self._spelling.get((kind, key), key)
            for kind, key in zip(SCOPES, keys, strict=True)
            if kind in self._shown[service] and key
        }

    def _place_replica(self, replica: str, scope: Scope) -> None:
        """A replica is at one place; a name with two places has none of its own."""
        before = self._replicas.setdefault(replica, scope)
        if before is None or before == scope:
            return
        merged = [{own, other} - {""} for own, other in zip(_keys(before), _keys(scope), strict=True)]
        if any(len(values) > 1 for values in merged):
            self._replicas[replica] = None
        else:
            first, second, third = (own or other for own, other in zip(before, scope, strict=True))
            self._replicas[replica] = (first, second, third)

    def _ambiguous(
        self, scopes: Mapping[str, set[Scope]], unplaced: list[tuple[str, str]]
    ) -> dict[str, tuple[Scope, ...]]:
        """The places of services that evidence also names without a place."""
        ambiguous = {}
        for service, places in scopes.items():
            full = self._full[service]
            fitting = [{scope for scope in full if _fits(keys, scope)} for keys in places - set(full)]
            several = set[Scope]().union(*(each for each in fitting if len(each) > 1))
            if several and self._shown[service]:
                ambiguous[service] = tuple(scope for scope in full if scope in several)
        for subject, service in unplaced:
            if self._shown.get(service) and not self._replicas.get(subject):
                ambiguous[service] = self._full[service]
        return ambiguous


def _scope(appearance: Appearance, namespace: str) -> Scope:
    scope = _normal(appearance.cluster, appearance.environment, appearance.namespace)
    return (scope[0], scope[1], namespace) if namespace and not scope[2] else scope


@lru_cache(maxsize=4096)
def _normal(*scope: str) -> Scope:
    first, second, third = (normal(value) if value else "" for value in scope)
    return first, second, third


@lru_cache(maxsize=4096)
def _keys(scope: Scope) -> Scope:
    cluster, environment, namespace = scope
    return comparison_key(cluster), environment_key(environment), comparison_key(namespace)


def _fits(partial: Scope, full: Scope) -> bool:
    """Whether both may be the same place."""
    return all(not a or not b or a == b for a, b in zip(partial, full, strict=True))


def _maximal(scopes: set[Scope]) -> tuple[Scope, ...]:
    """The scopes that no other one says more about, sorted."""
    merged = set(scopes)
    full = [
        scope
        for scope in merged
        if not any(
            other != scope and all(not a or a == b for a, b in zip(scope, other, strict=True))
            for other in merged
        )
    ]
    return tuple(sorted(full))


def _distinguishing(scopes: tuple[Scope, ...]) -> tuple[ScopeKind, ...]:
    """The first kinds of place that tell all of the service's places apart; () for a single place."""
    shown: list[ScopeKind] = []
    groups = 1
    for position, kind in enumerate(SCOPES):
        positions = [*(SCOPES.index(each) for each in shown), position]
        distinct = {tuple(scope[each] for each in positions) for scope in scopes}
        if len({scope[position] for scope in scopes} - {""}) > 1 and len(distinct) > groups:
            shown.append(kind)
            groups = len(distinct)
    return tuple(shown)
