"""Incidents of made-up shops, from a seed: queues, retries, timeouts, percentiles, late scrapes.

Unlike bench/_synthetic.py nothing here is made to add up: callers wait for the slowest of what they ask at
once, what is told are percentiles, busy processors slow everything down, who times out asks again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench._shop_columns import told
from bench._shops import Shop, opened, visits_of
from bench._synthetic import Column, SyntheticCase, SyntheticChange
from bench._systems import Floats

FAULTS = ("cpu", "mem", "disk", "socket", "delay", "loss", "config", "deployment", "code")
TYPES = {
    "cpu": ("resource_exhaustion",),
    "mem": ("resource_exhaustion",),
    "disk": ("resource_exhaustion",),
    "socket": ("resource_exhaustion", "error_spike"),
    "delay": ("latency_degradation", "dependency_failure"),
    "loss": ("latency_degradation", "dependency_failure", "error_spike"),
    "config": ("config_change",),
    "deployment": ("bad_deployment",),
    "code": ("error_spike",),
}
_START = 1_690_000_000.0
_CHARGE = ("cpu", "mem", "disk")
_LOGGED = {
    "code": "NullPointerException at com.shop.Handler.price(Handler.java:81)",
    "deployment": "KeyError: 'currency' in price_order",
    "socket": "accept4: too many open files",
    "loss": "",
}
_TIMEOUT = 5.0  # seconds
_SELDOM = 0.5  # calls per request
_NOTICED = 0.15  # requests per request of a user
_COARSE = 60.0  # seconds between samples
_MOST = 2400  # samples


@dataclass(frozen=True)
class Line:
    """A log line; `at` in epoch seconds."""

    at: float
    service: str
    level: str
    message: str


@dataclass(frozen=True)
class ShopIncident:
    """A case with its log lines, and what who asks knows: the graph, the onset, a symptom, or not."""

    case: SyntheticCase
    lines: tuple[Line, ...]
    has_graph: bool
    has_onset: bool
    has_report: bool


def incidents(count: int, seed: int) -> Iterator[ShopIncident]:
    """Faults in turn; every one has its own shop."""
    for index in range(count):
        yield incident(seed * 1_000_003 + index, FAULTS[index % len(FAULTS)])


def quiet(count: int, seed: int) -> Iterator[ShopIncident]:
    """Shops to which nothing happens."""
    for index in range(count):
        yield incident(seed * 1_000_003 + 500_000 + index, "")


def incident(seed: int, fault: str) -> ShopIncident:
    """One; the same seed and fault are the same one."""
    dice = np.random.default_rng([seed, len(fault), 77])
    shop = opened(dice)
    every = float(dice.choice([1.0, 5.0, 15.0, 60.0]))
    minutes = float(dice.uniform(10, 70)) if every < _COARSE else float(dice.uniform(40, 70))
    size = min(int(minutes * 60 / every), _MOST)
    start = int(size * dice.uniform(0.4, 0.6))
    where = int(dice.choice(_able(shop, fault))) if fault else -1
    measured = _run(shop, fault, where, np.arange(size, dtype=np.float64) - start, every, dice)
    columns = told(measured, shop, every, dice)
    times = np.asarray(_START + every * np.arange(size), dtype=np.float64)
    names = shop.names
    case = SyntheticCase(
        seed=seed,
        fault=fault,
        cause=names[where] if fault else "",
        times=times,
        values=columns,
        calls=tuple((names[a], names[b]) for a, b in zip(*np.nonzero(shop.calls), strict=True)),
        symptom=_complaint(columns, names[0], fault),
        onset=float(times[start]),
        changes=_changes(shop, fault, where, times, start, dice),
    )
    has_graph, has_onset, has_report = (bool(dice.random() < 0.5) for _ in range(3))
    lines = _lines(shop, fault, where, times, start, dice)
    return ShopIncident(case, lines, has_graph, has_onset, has_report)


def _able(shop: Shop, fault: str) -> list[int]:
    """Who can break like this, and is asked often enough for somebody to notice."""
    asked = visits_of(shop)
    return [
        n for n in range(1, asked.size) if asked[n] > _NOTICED and (n not in shop.bare or fault in _CHARGE)
    ]


@dataclass
class _Broken:
    """What a fault changes, by service and sample, shape (k, n)."""

    hog: Floats
    delay: Floats
    lost: Floats
    failing: Floats
    memory: Floats
    disk: Floats
    sockets: Floats
    slower: Floats


def _broken(
    fault: str, where: int, since: Floats, every: float, count: int, dice: np.random.Generator
) -> _Broken:
    shape = (count, since.size)
    nothing = [np.zeros(shape) for _ in range(7)]
    hog, delay, lost, failing, memory, disk, sockets = nothing
    broken = _Broken(hog, delay, lost, failing, memory, disk, sockets, np.ones(shape))
    rising = max(1.0, float(dice.choice([1.0, 30.0, 120.0])) / every)
    full = np.clip((since + 1) / rising, 0, 1) * (since >= 0)
    match fault:
        case "cpu":
            broken.hog[where] = full * dice.uniform(0.25, 0.6)
        case "mem":  # up to its limit, then it is killed, and grows again
            left = float(since.max())
            grown = np.clip(since, 0, None) % max(20.0, dice.uniform(0.3, 1.5) * left)
            broken.memory[where] = grown * dice.uniform(0.8, 3) / max(1.0, float(grown.max()))
            broken.slower[where] += 2.5 * broken.memory[where] ** 2
        case "disk":
            broken.disk[where] = full * dice.uniform(4, 30)
            broken.slower[where] += full * dice.uniform(0.5, 3)
        case "socket":
            broken.sockets[where] = full * dice.uniform(2, 8)
            broken.failing[where] = full * dice.uniform(0.02, 0.2)
            broken.slower[where] += full * dice.uniform(0.2, 1)
        case "delay":
            broken.delay[where] = full * dice.uniform(0.05, 0.4)
        case "loss":
            broken.lost[where] = full * dice.uniform(0.03, 0.15)
        case "config":
            broken.slower[where] += full * dice.uniform(2, 8)
            broken.failing[where] = full * dice.uniform(0.0, 0.1)
        case "deployment":
            broken.slower[where] += full * dice.uniform(0, 5)
            broken.failing[where] = full * dice.uniform(0.05, 0.4)
        case "code":
            broken.failing[where] = full * dice.uniform(0.1, 0.8)
    return broken


def _answered(shop: Shop, broken: _Broken, own: Floats, *, by_callers: bool) -> tuple[Floats, Floats, Floats]:
    """Middle and high latency and share of failures of each service, as it or its callers measure them."""
    inside, outside = ([np.zeros(own.shape) for _ in range(3)] for _ in range(2))
    for name in range(own.shape[0] - 1, -1, -1):
        called = np.flatnonzero(shop.calls[name])
        often = shop.calls[name, called]
        # A pod's own network holds up what it asks, and what it answers. Retransmissions take 200 ms and
        # more: few requests wait for them, those of the high percentiles.
        resent = np.clip(8 * broken.lost[name], 0, 1)
        held = (0.05 * resent * (resent > 0.6), 0.25 * (1 + 3 * resent) * (resent > 0))
        for part, (tail, most) in enumerate(((1.0, 1.0), (2.6, 1.5))):
            wait = broken.delay[name] + held[part]
            ways = zip(called, often, strict=True)
            below = [(outside[part][one] + wait) * min(n, most) for one, n in ways]
            waits = np.max(below, axis=0) if name in shop.parallel and below else sum(below)
            inside[part][name] = np.minimum(own[name] * tail + waits, _TIMEOUT)
            outside[part][name] = inside[part][name] + wait
        good = 1 - broken.failing[name] - 0.0005
        for one, n in zip(called, often, strict=True):
            good = good * (1 - min(n, 1) * outside[2][one] * 0.7)
        inside[2][name] = 1 - good
        outside[2][name] = np.clip(inside[2][name] + 0.3 * broken.lost[name], 0, 1)
    middle, high, failed = outside if by_callers else inside
    return middle, high, failed


def _run(
    shop: Shop, fault: str, where: int, since: Floats, every: float, dice: np.random.Generator
) -> dict[str, Floats]:
    """Per kind of metric the values, shape (k, n): middle and high latency, failures, requests, resources."""
    shape = count, size = len(shop.names), since.size
    by_callers = where < 0 or where in _reported(shop, fault) or bool(dice.random() < 0.5)
    broken = _broken(fault, where, since, every, count, dice)
    turns = np.arange(size) / (size * dice.uniform(0.3, 2)) + dice.random()
    users = 1 + 0.1 * np.sin(2 * np.pi * turns)
    rate = dice.uniform(5, 150) * users * np.exp(0.05 * dice.normal(0, 1, size))
    used = np.clip(shop.busy[:, None] * users + broken.hog, 0, 0.97)
    own = shop.work[:, None] * broken.slower * (1 - shop.busy[:, None]) / (1 - used)
    middle, high, errors = _answered(shop, broken, own, by_callers=by_callers)
    # Who waits asks less often, who failed asks again.
    slowed = 1 / (1 + 0.3 * np.clip(middle[0] / np.median(middle[0][since < 0]) - 1, 0, 3))
    asked = visits_of(shop)[:, None] * rate * slowed * (1 + 0.5 * np.clip(errors, 0, 1))
    requests = dice.poisson(asked * every)
    noise = dice.normal(0, 1, (6, *shape))
    jitter = dice.uniform(0.03, 0.2, (count, 1))
    busy = shop.busy[:, None] * users * slowed + broken.hog
    return {
        "middle": middle * np.exp(jitter * noise[0]),
        "high": high * np.exp(1.5 * jitter * noise[1]),
        "failed": dice.binomial(requests, np.clip(errors, 0, 1)) / every,
        "requests": requests / every,
        "cpu": np.clip(busy * np.exp(0.1 * noise[2]), 0, 1),
        "mem": dice.uniform(5e7, 8e8, (count, 1)) * (1 + 0.01 * noise[3] + broken.memory),
        "disk": dice.lognormal(8, 1, (count, 1)) * (1 + broken.disk) * np.exp(0.4 * noise[4]),
        "socket": np.round(dice.uniform(5, 60, (count, 1)) * (1 + broken.sockets + 0.05 * noise[5])),
    }


def _reported(shop: Shop, fault: str) -> frozenset[int]:
    """Of whom nothing would be seen unless their callers measured: who asks nobody, behind a bad network."""
    if fault not in {"delay", "loss"}:
        return frozenset()
    return frozenset(np.flatnonzero(shop.calls.sum(axis=1) <= _SELDOM).tolist())


def _complaint(columns: dict[Column, Floats], entry: str, fault: str) -> Column:
    failing = fault in {"socket", "code", "deployment"}
    own = [metric for name, metric in columns if name == entry]
    wanted = ("error", "success") if failing else ("latency",)
    return entry, max(one for one in own if any(word in one for word in wanted))


def _changes(
    shop: Shop, fault: str, where: int, times: Floats, start: int, dice: np.random.Generator
) -> tuple[SyntheticChange, ...]:
    every = float(times[1] - times[0])
    kinds = ("deployment", "config_change")
    made = [
        SyntheticChange(float(dice.choice(times)), str(dice.choice(shop.names)), str(dice.choice(kinds)))
        for _ in range(int(dice.integers(0, 3)))
    ]
    if fault in {"config", "deployment"}:
        kind = "config_change" if fault == "config" else "deployment"
        at = float(times[start]) - float(dice.uniform(0, max(every, 40)))
        made.append(SyntheticChange(at, shop.names[where], kind))
    return tuple(sorted(made, key=lambda one: one.at))


def _lines(
    shop: Shop, fault: str, where: int, times: Floats, start: int, dice: np.random.Generator
) -> tuple[Line, ...]:
    """Of every other incident: what is always logged, and what the fault makes services log."""
    if dice.random() < 0.5:
        return ()
    often = dice.uniform(times[0], times[-1], 1500)
    lines = [
        Line(float(at), str(dice.choice(shop.names)), "INFO", f"GET /{place} 200 in {place % 90} ms")
        for place, at in enumerate(often)
    ]
    lines += [
        Line(float(at), str(dice.choice(shop.names)), "WARN", f"slow query {place}")
        for place, at in enumerate(dice.uniform(times[0], times[-1], 20))
    ]
    callers = np.flatnonzero(shop.calls[:, where])
    for at in dice.uniform(times[start], times[-1], 60) if fault in _LOGGED else ():
        if _LOGGED[fault]:
            lines.append(Line(float(at), shop.names[where], "ERROR", _LOGGED[fault]))
        if callers.size:
            told = f"POST http://{shop.names[where]}:8080/ failed: i/o timeout after 3000ms"
            lines.append(Line(float(at), shop.names[int(dice.choice(callers))], "ERROR", told))
    return tuple(sorted(lines, key=lambda one: one.at))
