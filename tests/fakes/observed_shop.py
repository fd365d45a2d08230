"""The demo's shop as its own dashboard shows it: two minutes, one sample a second."""

import numpy as np
from observed_system import Floats, ObservedSystem

MIB = 2.0**20
WINDOW = 120  # samples, one a second


def shop_window(
    seed: int, *, memory: str = "memory_bytes", step: float = 1.0, samples: int = WINDOW, gaps: float = 0
) -> ObservedSystem:
    """Web calls checkout, which calls payments, twelve times a second; the page shows their resources."""
    shop = ObservedSystem(seed=seed, step=step, samples=samples, gaps=gaps)
    shop.service("web", rate=12, seconds=0.015, calls=("checkout",), noise=0.25)
    shop.service("checkout", rate=12, seconds=0.015, calls=("payments",), noise=0.25)
    shop.service("payments", rate=12, seconds=0.01, noise=0.25)
    for name in ("web", "checkout", "payments"):
        if memory:
            shop.metric(name, memory, shop.noisy(38 * MIB, 0.003), "bytes")
            shop.metric(name, "memory_limit_bytes", 96 * MIB, "bytes")
        shop.metric(name, "replicas", 2.0)
    return shop


def leaks(shop: ObservedSystem, service: str, first_sample: int, *, fills_in: int) -> None:
    """Memory fills within seconds; requests pause first, and 70 % are refused as soon as it is full."""
    full = first_sample + fills_in
    share = np.minimum(0.96, 0.4 + 0.56 * shop.since(first_sample) / fills_in)
    memory: Floats = shop.noisy(share * 96 * MIB, 0.003)
    shop.metric(service, "memory_bytes", memory, "bytes")
    shop.happens(first_sample + fills_in // 2, service, until=full, slower=0.5)
    shop.happens(full, service, failing=0.7, slower=0.3)
    text = "memory nearly exhausted: 92.1 MiB of 96 MiB in use, request refused"
    count = int((shop.samples - full) * shop.step)
    shop.log(service, full, text, lines=count, every=1 / shop.step)


def released(
    shop: ObservedSystem, service: str, first_sample: int, *, failing: float = 0.0, slower: float = 0.0
) -> None:
    """A release two seconds before requests fail or take longer."""
    at = first_sample - 2 / shop.step
    shop.changed(service, at, "deployment", f"{service} v1.5.0", version="v1.5.0", revision=2)
    shop.happens(first_sample, service, failing=failing, slower=slower)
    if failing:
        text = f"unhandled exception in {service}: KeyError: 'settlement_currency'"
        shop.log(service, first_sample, text, lines=(shop.samples - first_sample) * 2, every=0.5)
