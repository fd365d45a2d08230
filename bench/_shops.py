"""Random shops with other shapes and names than bench/_systems.py: chains, stars and layers."""

from dataclasses import dataclass

import numpy as np

from bench._systems import Floats

_STAR: dict[str, tuple[str, ...]] = {
    "frontend": (
        *("adservice", "cartservice", "checkoutservice", "productcatalogservice", "shippingservice"),
        *("currencyservice", "recommendationservice"),
    ),
    "checkoutservice": (
        *("cartservice", "currencyservice", "emailservice", "paymentservice", "shippingservice"),
    ),
    "recommendationservice": ("productcatalogservice",),
    "cartservice": ("redis-cart",),
}
_STAR_MORE = {
    "frontend": ("currencyservice", "recommendationservice"),
    "checkoutservice": ("shippingservice",),
}
_SOCKS: dict[str, tuple[str, ...]] = {
    "front-end": ("carts", "catalogue", "orders", "user"),
    "orders": ("carts", "payment", "shipping", "user", "orders-db"),
    "carts": ("carts-db",),
    "catalogue": ("catalogue-db",),
    "user": ("user-db",),
    "shipping": ("rabbitmq",),
}
_CHAIN: dict[str, tuple[str, ...]] = {"Web.Gateway": ("Order_API",), "Order_API": ("ORDER-DB",)}
_PARTS = ("basic", "food", "order", "price", "route", "seat", "station", "ticket", "train", "travel", "user")
_MORE = ("admin", "assurance", "auth", "cancel", "config", "consign", "contacts", "execute", "notify", "pay")
_STORES = ("db", "redis", "cart-db", "mongo", "rabbitmq")


@dataclass(frozen=True)
class Shop:
    """Services, callers before callees.

    `calls` is how often row calls column for each of its requests. `parallel` services call all callees at
    the same time and wait for the slowest. `work` is seconds of own work for each request, `busy` the share
    of its CPUs that a service uses in normal operation. `unmeasured` services (stores) have no latency
    metrics, only those of resources.
    """

    names: tuple[str, ...]
    calls: Floats
    parallel: frozenset[int]
    work: Floats
    busy: Floats
    unmeasured: frozenset[int]


def random_shop(rng: np.random.Generator) -> Shop:
    """A shop of three to sixty services."""
    shape = str(rng.choice(["chain", "star", "socks", "crowd", "crowd"]))
    fixed: dict[str, dict[str, tuple[str, ...]]] = {"chain": _CHAIN, "star": _STAR, "socks": _SOCKS}
    edges = fixed[shape] if shape in fixed else _layered(rng)
    names = _callers_first(edges)
    place = {name: number for number, name in enumerate(names)}
    calls = np.zeros((len(names), len(names)))
    for caller, callees in edges.items():
        for callee in callees:
            calls[place[caller], place[callee]] = rng.choice([0.2, 0.5, 1.0, 1.0, 2.0])
    stores = [place[name] for name in names if any(name.lower().endswith(suffix) for suffix in _STORES)]
    return Shop(
        names=names,
        calls=calls,
        parallel=frozenset(np.flatnonzero(rng.random(len(names)) < 0.3).tolist()),
        work=rng.lognormal(-5.0, 0.8, len(names)),
        busy=rng.uniform(0.05, 0.6, len(names)),
        unmeasured=frozenset(stores),
    )


def visits_of(shop: Shop) -> Floats:
    """How often each service is called for each request of a user."""
    visits: Floats = (shop.calls.sum(axis=0) == 0).astype(np.float64)
    for name in range(visits.size):
        visits[name] += visits[:name] @ shop.calls[:name, name]
    return visits


def _layered(rng: np.random.Generator) -> dict[str, tuple[str, ...]]:
    """Layers of services, each of which calls a few of those below."""
    words = list(rng.permutation([*_PARTS, *_MORE, *(f"{a}-{b}" for a in _PARTS for b in ("info", "other"))]))
    chosen = [f"ts-{word}-service" for word in words[: int(rng.integers(10, 44))]]
    edges: dict[str, tuple[str, ...]] = {}
    above = ["ts-ui-dashboard"]
    while chosen:
        layer, chosen = chosen[: int(rng.integers(3, 10))], chosen[10:]
        for name in layer:
            for caller in rng.choice(above, size=min(len(above), int(rng.integers(1, 4))), replace=False):
                edges[str(caller)] = (*edges.get(str(caller), ()), name)
            if rng.random() < 0.3:
                edges[name] = (name.replace("-service", "-mongo"),)
        above = layer
    return edges


def _callers_first(edges: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The services, callers before callees."""
    waiting = dict.fromkeys([*edges, *(name for called in edges.values() for name in called)])
    ordered: list[str] = []
    while waiting:
        called = {callee for name in waiting for callee in edges.get(name, ())}
        free = [name for name in waiting if name not in called]
        ordered += free
        waiting = dict.fromkeys(name for name in waiting if name not in free)
    return tuple(ordered)
