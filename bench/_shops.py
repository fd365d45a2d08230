"""Made-up shops of a second kind, of other shapes and names than bench/_systems.py: chains, stars, crowds."""

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
    """Services in an order in which callers come before callees; `calls` is how often row asks column."""

    names: tuple[str, ...]
    calls: Floats
    parallel: frozenset[int]
    """Who asks its callees at the same time, and waits for the slowest."""
    work: Floats
    """Seconds of own work per request."""
    busy: Floats
    """Share of its processors that it uses in normal operation."""
    bare: frozenset[int]
    """Stores: nobody measures their latency, only what they use."""


def opened(dice: np.random.Generator) -> Shop:
    """Three to sixty services."""
    shape = str(dice.choice(["chain", "star", "socks", "crowd", "crowd"]))
    known: dict[str, dict[str, tuple[str, ...]]] = {"chain": _CHAIN, "star": _STAR, "socks": _SOCKS}
    edges = known[shape] if shape in known else _crowd(dice)
    names = _sorted(edges)
    place = {name: number for number, name in enumerate(names)}
    calls = np.zeros((len(names), len(names)))
    for caller, callees in edges.items():
        for callee in callees:
            calls[place[caller], place[callee]] = dice.choice([0.2, 0.5, 1.0, 1.0, 2.0])
    stores = [place[name] for name in names if any(name.lower().endswith(one) for one in _STORES)]
    return Shop(
        names=names,
        calls=calls,
        parallel=frozenset(np.flatnonzero(dice.random(len(names)) < 0.3).tolist()),
        work=dice.lognormal(-5.0, 0.8, len(names)),
        busy=dice.uniform(0.05, 0.6, len(names)),
        bare=frozenset(stores),
    )


def visits_of(shop: Shop) -> Floats:
    """How often each is asked for each request of a user."""
    asked: Floats = (shop.calls.sum(axis=0) == 0).astype(np.float64)
    for name in range(asked.size):
        asked[name] += asked[:name] @ shop.calls[:name, name]
    return asked


def _crowd(dice: np.random.Generator) -> dict[str, tuple[str, ...]]:
    """Layers of services, each of which asks a few of those below."""
    words = list(
        dice.permutation([*_PARTS, *_MORE, *(f"{a}-{b}" for a in _PARTS for b in ("info", "other"))])
    )
    chosen = [f"ts-{word}-service" for word in words[: int(dice.integers(10, 44))]]
    edges: dict[str, tuple[str, ...]] = {}
    above = ["ts-ui-dashboard"]
    while chosen:
        layer, chosen = chosen[: int(dice.integers(3, 10))], chosen[10:]
        for name in layer:
            for caller in dice.choice(above, size=min(len(above), int(dice.integers(1, 4))), replace=False):
                edges[str(caller)] = (*edges.get(str(caller), ()), name)
            if dice.random() < 0.3:
                edges[name] = (name.replace("-service", "-mongo"),)
        above = layer
    return edges


def _sorted(edges: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Callers before callees."""
    waiting = dict.fromkeys([*edges, *(one for called in edges.values() for one in called)])
    found: list[str] = []
    while waiting:
        called = {one for name in waiting for one in edges.get(name, ())}
        free = [name for name in waiting if name not in called]
        found += free
        waiting = dict.fromkeys(name for name in waiting if name not in free)
    return tuple(found)
