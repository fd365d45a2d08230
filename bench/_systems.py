"""Made-up systems: services with names, who calls whom how often, and what each costs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_WORDS = [
    "cart",
    "order",
    "user",
    "stock",
    "price",
    "route",
    "ticket",
    "seat",
    "mail",
    "search",
    "ship",
    "pay",
    "auth",
    "config",
    "basic",
    "news",
    "photo",
    "travel",
    "food",
    "assurance",
    "contact",
    "consign",
    "station",
    "train",
    "notify",
    "review",
    "rating",
    "media",
    "geo",
    "rate",
    "profile",
]
_FORMS = ("{}", "{}-service", "ts-{}-service", "{}_api", "{}service", "{}-db", "svc_{}")


@dataclass(frozen=True)
class System:
    names: tuple[str, ...]
    share: Floats
    """How often row calls column per request, shape (k, k), upper triangular."""
    own: Floats
    """Seconds of own work per request, shape (k,)."""
    noise: Floats
    cost: Floats
    nodes: NDArray[np.int64]
    bare: NDArray[np.bool_]
    """Who has no latency and error metrics of its own, as databases often."""
    words: Mapping[str, str]


def made_up(dice: np.random.Generator) -> System:
    size = int(dice.integers(6, 19))
    words = list(dice.permutation(_WORDS)[:size])
    names = [str(dice.choice(_FORMS)).format(word) for word in words]
    names[0] = str(dice.choice(["frontend", "front-end", "web", "ui-dashboard", "gateway", names[0]]))
    share = np.zeros((size, size))
    for callee in range(1, size):
        callers = dice.choice(callee, size=min(callee, int(dice.integers(1, 3))), replace=False)
        share[callers, callee] = dice.uniform(0.3, 1.2, callers.size)
    leaf = share.sum(axis=1) == 0
    return System(
        names=tuple(names),
        share=share,
        own=dice.lognormal(-4.5, 0.7, size),
        noise=dice.uniform(0.04, 0.15, size),
        cost=dice.uniform(0.002, 0.01, size),
        nodes=dice.integers(0, max(2, size // 4), size),
        bare=leaf & (dice.random(size) < 0.25),
        words={
            "latency": str(dice.choice(["latency-90", "latency", "latency_p95_seconds"])),
            "errors": str(dice.choice(["error", "availability", "error_ratio"])),
            "requests": str(dice.choice(["workload", "requests", "load"])),
            "cpu": str(dice.choice(["cpu", "cpu_ratio"])),
            "memory": str(dice.choice(["mem", "memory_bytes"])),
            "disk": "diskio",
            "sockets": "socket",
        },
    )


def decidable(system: System) -> list[int]:
    """Who can be told to be silent: two of its callers do not wait for each other, and both ask it often.

    One caller that is slow alone is indistinguishable from a slow caller.
    """
    visits, reached = visits_of(system), system.share > 0
    for _ in range(len(system.names)):
        reached = reached | (reached @ reached)
    often = visits[:, None] * system.share
    found = []
    for callee in range(1, len(system.names)):
        asking = [a for a in range(callee) if often[a, callee] > 0.25 * visits[callee]]
        if visits[callee] > 0.4 and any(not reached[a, b] for a in asking for b in asking if a < b):
            found.append(callee)
    return found


def visits_of(system: System) -> Floats:
    visits = np.zeros(len(system.names))
    visits[0] = 1.0
    for name in range(1, visits.size):
        visits[name] = visits[:name] @ system.share[:name, name]
    return visits
