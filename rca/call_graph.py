"""The call graph of services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from missions.evidence import Dependency


@dataclass(frozen=True)
class CallGraph:
    """Callees by caller; empty where no calls are known.

    `distances` holds, for every service, all services that reach it along calls, itself included, with the
    smallest number of calls.
    """

    callees: Mapping[str, frozenset[str]] = field(default_factory=dict)
    distances: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def call_graph(dependencies: Sequence[Dependency]) -> CallGraph:
    """The graph of these calls, with all distances."""
    callees: dict[str, set[str]] = {}
    callers: dict[str, set[str]] = {}
    for edge in dependencies:
        callees.setdefault(edge.caller, set()).add(edge.callee)
        callers.setdefault(edge.callee, set()).add(edge.caller)
    distances = {}
    for name in callees.keys() | callers.keys():
        reached, queue = {name: 0}, [name]
        for callee in queue:
            for caller in callers.get(callee, ()):
                if caller not in reached:
                    reached[caller] = reached[callee] + 1
                    queue.append(caller)
        distances[name] = reached
    return CallGraph({name: frozenset(called) for name, called in callees.items()}, distances)
