"""Random systems: services with names, calls with their rates, and costs."""

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
    """Services, callers before callees.

    `share` is how often row calls column for each of its requests, shape (k, k), upper triangular. `own` is
    seconds of own work for each request, shape (k,). `unmeasured` services, like many databases, have no
    latency and error metrics. `words` are the names of the metrics.
    """

    names: tuple[str, ...]
    share: Floats
    own: Floats
    noise: Floats
    cost: Floats
    nodes: NDArray[np.int64]
    unmeasured: NDArray[np.bool_]
    words: Mapping[str, str]


def random_system(rng: np.random.Generator) -> System:
    size = int(rng.integers(6, 19))
    words = list(rng.permutation(_WORDS)[:size])
    names = [str(rng.choice(_FORMS)).format(word) for word in words]
    names[0] = str(rng.choice(["frontend", "front-end", "web", "ui-dashboard", "gateway", names[0]]))
    share = np.zeros((size, size))
    for callee in range(1, size):
        callers = rng.choice(callee, size=min(callee, int(rng.integers(1, 3))), replace=False)
        share[callers, callee] = rng.uniform(0.3, 1.2, callers.size)
    leaf = share.sum(axis=1) == 0
    return System(
        names=tuple(names),
        share=share,
        own=rng.lognormal(-4.5, 0.7, size),
        noise=rng.uniform(0.04, 0.15, size),
        cost=rng.uniform(0.002, 0.01, size),
        nodes=rng.integers(0, max(2, size // 4), size),
        unmeasured=leaf & (rng.random(size) < 0.25),
        words={
            "latency": str(rng.choice(["latency-90", "latency", "latency_p95_seconds"])),
            "errors": str(rng.choice(["error", "availability", "error_ratio"])),
            "requests": str(rng.choice(["workload", "requests", "load"])),
            "cpu": str(rng.choice(["cpu", "cpu_ratio"])),
            "memory": str(rng.choice(["mem", "memory_bytes"])),
            "disk": "diskio",
            "sockets": "socket",
        },
    )


def identifiable_silent_origins(system: System) -> list[int]:
    """Services whose silent fault can be found: two callers that do not wait for each other call it often.

    With a single caller, a silent callee cannot be distinguished from a slow caller.
    """
    visits, reached = visits_of(system), system.share > 0
    for _ in range(len(system.names)):
        reached = reached | (reached @ reached)
    often = visits[:, None] * system.share
    candidates = []
    for callee in range(1, len(system.names)):
        callers = [a for a in range(callee) if often[a, callee] > 0.25 * visits[callee]]
        if visits[callee] > 0.4 and any(not reached[a, b] for a in callers for b in callers if a < b):
            candidates.append(callee)
    return candidates


def visits_of(system: System) -> Floats:
    visits = np.zeros(len(system.names))
    visits[0] = 1.0
    for name in range(1, visits.size):
        visits[name] = visits[:name] @ system.share[:name, name]
    return visits
