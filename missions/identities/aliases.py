"""Other names of services, as people give them."""

from collections.abc import Iterable, Mapping

from missions.identities.spelling import comparison_key, normal

Aliases = Mapping[str, tuple[str, ...]]
"""Other names by the service's name."""


def contradictions(aliases: Aliases) -> tuple[str, ...]:
    """Every way in which the aliases contradict each other, each as a sentence."""
    services: dict[str, str] = {}
    faults = []
    for service in aliases:
        other = services.setdefault(comparison_key(service), service)
        if other is not service:
            faults.append(f"{normal(service)} is listed twice.")
    owners: dict[str, str] = {}
    for service, names in aliases.items():
        for name in names:
            key = comparison_key(name)
            if not key:
                faults.append(f"An alias of {normal(service)} is empty.")
            elif key in services and services[key] is not service:
                faults.append(f"{normal(name)} is an alias of {normal(service)} and has aliases itself.")
            elif owners.setdefault(key, service) is not service:
                faults.append(f"{normal(name)} is an alias of {owners[key]} and of {normal(service)}.")
    return tuple(faults)


def combined(parts: Iterable[Aliases]) -> dict[str, tuple[str, ...]]:
    """The aliases of several connectors together, without those that contradict each other."""
    spelling: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    for part in parts:
        for service, others in part.items():
            key = comparison_key(service)
            spelling.setdefault(key, normal(service))
            own = names.setdefault(key, {})
            for other in others:
                own.setdefault(comparison_key(other), normal(other))
    claims: dict[str, set[str]] = {}
    for key, own in names.items():
        for other in own:
            claims.setdefault(other, set()).add(key)
    return {
        spelling[key]: tuple(
            text
            for other, text in sorted(own.items())
            if other and (other == key or other not in names) and claims[other] == {key}
        )
        for key, own in sorted(names.items())
    }
