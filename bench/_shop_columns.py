"""A shop's measurements as columns: names, units, gaps, and steps where scrapes are rare."""

import numpy as np

from bench._shops import Shop
from bench._synthetic import Column
from bench._systems import Floats

_SCRAPE_STEP = 15.0  # seconds between scrapes of resources
_SYMPTOMS = frozenset({"middle", "high", "failed", "requests"})
_STYLES = tuple(
    dict(zip(("middle", "high", "failed", "requests", "cpu", "mem", "disk", "socket"), words, strict=True))
    for words in (
        ("latency-50", "latency-90", "error", "workload", "cpu", "mem", "diskio", "socket"),
        ("latency-50", "latency-99", "error_rate", "load", "cpu", "mem", "diskio", "socket"),
        (
            *("istio-latency-50", "istio-latency-99", "istio-error-total", "istio-request-total"),
            *("container-cpu-usage-seconds-total", "container-memory-rss"),
            *("container-fs-writes-bytes-total", "container-sockets"),
        ),
        (
            *("latency_p50_ms", "latency_p95_ms", "success_rate", "requests_per_second"),
            *("CPU", "memory.bytes", "disk_io_bytes", "open_connections"),
        ),
    )
)


def columns_of(
    measured: dict[str, Floats], shop: Shop, every: float, rng: np.random.Generator
) -> dict[Column, Floats]:
    """Columns in one of four styles of names and units, with gaps, and steps where scrapes are rare."""
    words = _STYLES[int(rng.integers(0, len(_STYLES)))]
    milli, percent = float(rng.choice([1.0, 1000.0])), float(rng.choice([1.0, 100.0]))
    missing, has_steps = float(rng.choice([0.0, 0.0, 0.05])), bool(rng.random() < 0.5)
    columns: dict[Column, Floats] = {}
    for kind, word in words.items():
        for place, name in enumerate(shop.names):
            if place in shop.unmeasured and kind in _SYMPTOMS:
                continue
            values = measured[kind][place].copy()
            if kind in {"middle", "high"}:
                values *= 1000.0 if word.endswith("ms") else milli
            if word.endswith("rate"):
                values = values / np.maximum(measured["requests"][place], 1 / every)
                values = percent * (1 - values if word == "success_rate" else values)
            if kind == "cpu":
                values *= percent
            if has_steps and kind not in _SYMPTOMS and every < _SCRAPE_STEP:
                held = int(_SCRAPE_STEP // every)
                values = np.repeat(values[::held], held)[: values.size]
            values[rng.random(values.size) < missing] = np.nan
            columns[name, word] = values
    names = list(columns)
    return {names[place]: columns[names[place]] for place in rng.permutation(len(names))}
