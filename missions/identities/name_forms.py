"""Everything that a name may be by its form alone."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from missions.identities.addresses import ServiceAddress, addresses_of, ending_kind, is_marked
from missions.identities.replicas import ReplicaForm, replica_forms

_PROJECT_WORDS = 8  # of a project and its service together


class NameForms(NamedTuple):
    """The forms of one name.

    `ending` is the name without the kind of object at its end, and that kind. `projects` are (project,
    service) of `project-service-1`, the shortest project first.
    """

    replicas: tuple[ReplicaForm, ...] = ()
    addresses: tuple[ServiceAddress, ...] = ()
    ending: tuple[str, str] | None = None
    projects: tuple[tuple[str, str], ...] = ()


def forms_of(key: str) -> NameForms:
    """The forms of a comparison key."""
    replicas, ending = replica_forms(key), ending_kind(key)
    addresses = tuple(addresses_of(key)) if is_marked(key) else ()
    projects = tuple(_project_splits(key)) if key[-1:].isdigit() else ()
    if addresses or ending or projects:
        return NameForms(replicas, addresses, ending, projects)
    return _replicas_only(replicas)


@lru_cache(maxsize=2**14)
def _replicas_only(replicas: tuple[ReplicaForm, ...]) -> NameForms:
    return NameForms(replicas)


def _project_splits(key: str) -> Iterator[tuple[str, str]]:
    for mark in "-_":
        before, _, ordinal = key.rpartition(mark)
        if not before or not ordinal.isdigit() or ordinal.startswith("0"):
            continue
        words = before.split(mark)
        for place in range(1, len(words) if len(words) <= _PROJECT_WORDS else 0):
            yield mark.join(words[:place]), mark.join(words[place:])
