"""How symptoms spread along calls: which part of a service's excess its callees explain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rca.call_graph import CallGraph

_LEAST = 0.03  # of the excess that may always be the service's own
_OWN_SHARE = 0.3  # of its excess that a service must have alone to suffer from an unseen callee


@dataclass(frozen=True)
class Spread:
    """One kind of symptom by service.

    `excess` is how much more time, or failures, a second of the service's requests has. `own` is the part
    that no callee explains, as a share of all services' own parts; `remainder` the same part as a share of
    the service's excess. `blamed` is the share of all excess that only this service, which shows none
    itself, can explain to its callers.
    """

    excess: Mapping[str, float]
    own: Mapping[str, float]
    remainder: Mapping[str, float]
    blamed: Mapping[str, float]


def spread_of(excess: Mapping[str, float], services: Sequence[str], graph: CallGraph) -> Spread:
    """A caller's excess is at most that of its callees together, unless it has some of its own."""
    callees = {name: graph.callees.get(name, frozenset()) - {name} for name in services}
    own = {
        name: max(excess.get(name, 0.0) - sum(excess.get(callee, 0.0) for callee in callees[name]), 0.0)
        for name in services
    }
    total = sum(excess.values())
    blamed: dict[str, float] = dict.fromkeys(services, 0.0)
    for caller in services:
        for callee in callees[caller]:
            if own[caller] > 0 and excess.get(callee, 0.0) <= 0 and callee in blamed:
                blamed[callee] += own[caller] / total
    _move_shared(own, excess, callees)
    total_own = sum(own.values())
    return Spread(
        excess=excess,
        own={name: value / total_own if total_own > 0 else 0.0 for name, value in own.items()},
        remainder={
            name: max(own[name] / excess[name], _LEAST) for name in services if excess.get(name, 0.0) > 0
        },
        blamed=blamed,
    )


def _move_shared(
    own: dict[str, float], excess: Mapping[str, float], callees: Mapping[str, frozenset[str]]
) -> None:
    """Moves what several callers of one silent service suffer to that service: the simpler explanation."""
    suffering = {name for name, value in own.items() if value > _OWN_SHARE * excess.get(name, 0.0) > 0}
    silent = {
        callee: callers
        for callee in own
        if excess.get(callee, 0.0) <= 0
        and len(callers := [name for name in suffering if callee in callees[name]]) > 1
    }
    if silent:
        origin = max(silent, key=lambda callee: (sum(own[name] for name in silent[callee]), callee))
        own[origin] += sum(own[name] for name in silent[origin])
        for name in silent[origin]:
            own[name] = 0.0
