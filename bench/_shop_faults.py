"""Incidents of random shops, from a seed: queues, retries, timeouts, percentiles, late scrapes.

Unlike in bench/_synthetic.py, latencies do not add up along calls: callers wait for the slowest of parallel
calls, metrics are percentiles, busy CPUs slow down everything, and timed-out requests are repeated.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench._shop_columns import columns_of
from bench._shops import Shop, random_shop, visits_of
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
_RESOURCE_FAULTS = ("cpu", "mem", "disk")
_LOGGED = {
    "code": "NullPointerException at com.shop.Handler.price(Handler.java:81)",
    "deployment": "KeyError: 'currency' in price_order",
    "socket": "accept4: too many open files",
    "loss": "",
}
_TIMEOUT = 5.0  # seconds
_FEW_CALLS = 0.5  # calls for each request
_MIN_VISITS = 0.15  # requests for each request of a user
_COARSE_STEP = 60.0  # seconds between samples
_MAX_SAMPLES = 2400  # samples


@dataclass(frozen=True)
class Line:
    """A log line; `at` in epoch seconds."""

    at: float
    service: str
    level: str
    message: str


@dataclass(frozen=True)
class ShopIncident:
    """A case with its log lines, and whether the call graph, the onset and a symptom are known."""

    case: SyntheticCase
    lines: tuple[Line, ...]
    has_graph: bool
    has_onset: bool
    has_report: bool


def incidents(count: int, seed: int) -> Iterator[ShopIncident]:
    """Incidents with the faults in turn, each in its own shop."""
    for index in range(count):
        yield incident(seed * 1_000_003 + index, FAULTS[index % len(FAULTS)])


def healthy_shops(count: int, seed: int) -> Iterator[ShopIncident]:
    """Shops without a fault."""
    for index in range(count):
        yield incident(seed * 1_000_003 + 500_000 + index, "")


def incident(seed: int, fault: str) -> ShopIncident:
    """One incident; the same seed and fault give the same incident."""
    rng = np.random.default_rng([seed, len(fault), 77])
    shop = random_shop(rng)
    every = float(rng.choice([1.0, 5.0, 15.0, 60.0]))
    minutes = float(rng.uniform(10, 70)) if every < _COARSE_STEP else float(rng.uniform(40, 70))
    size = min(int(minutes * 60 / every), _MAX_SAMPLES)
    start = int(size * rng.uniform(0.4, 0.6))
    where = int(rng.choice(_possible_origins(shop, fault))) if fault else -1
    measured = _measurements(shop, fault, where, np.arange(size, dtype=np.float64) - start, every, rng)
    columns = columns_of(measured, shop, every, rng)
    times = np.asarray(_START + every * np.arange(size), dtype=np.float64)
    names = shop.names
    case = SyntheticCase(
        seed=seed,
        fault=fault,
        cause=names[where] if fault else "",
        times=times,
        values=columns,
        calls=tuple((names[a], names[b]) for a, b in zip(*np.nonzero(shop.calls), strict=True)),
        symptom=_reported_symptom(columns, names[0], fault),
        onset=float(times[start]),
        changes=_changes(shop, fault, where, times, start, rng),
    )
    has_graph, has_onset, has_report = (bool(rng.random() < 0.5) for _ in range(3))
    lines = _lines(shop, fault, where, times, start, rng)
    return ShopIncident(case, lines, has_graph, has_onset, has_report)


def _possible_origins(shop: Shop, fault: str) -> list[int]:
    """Services that can have this fault and are called often enough for it to be noticed."""
    visits = visits_of(shop)
    return [
        n
        for n in range(1, visits.size)
        if visits[n] > _MIN_VISITS and (n not in shop.unmeasured or fault in _RESOURCE_FAULTS)
    ]


@dataclass
class _FaultEffects:
    """What a fault changes, by service and sample, shape (k, n)."""

    hog: Floats
    delay: Floats
    lost: Floats
    failing: Floats
    memory: Floats
    disk: Floats
    sockets: Floats
    slower: Floats


def _fault_effects(
    fault: str, where: int, since: Floats, every: float, count: int, rng: np.random.Generator
) -> _FaultEffects:
    shape = (count, since.size)
    nothing = [np.zeros(shape) for _ in range(7)]
    hog, delay, lost, failing, memory, disk, sockets = nothing
    broken = _FaultEffects(hog, delay, lost, failing, memory, disk, sockets, np.ones(shape))
    rising = max(1.0, float(rng.choice([1.0, 30.0, 120.0])) / every)
    full = np.clip((since + 1) / rising, 0, 1) * (since >= 0)
    match fault:
        case "cpu":
            broken.hog[where] = full * rng.uniform(0.25, 0.6)
        case "mem":  # it grows to its limit, is killed and grows again
            left = float(since.max())
            grown = np.clip(since, 0, None) % max(20.0, rng.uniform(0.3, 1.5) * left)
            broken.memory[where] = grown * rng.uniform(0.8, 3) / max(1.0, float(grown.max()))
            broken.slower[where] += 2.5 * broken.memory[where] ** 2
        case "disk":
            broken.disk[where] = full * rng.uniform(4, 30)
            broken.slower[where] += full * rng.uniform(0.5, 3)
        case "socket":
            broken.sockets[where] = full * rng.uniform(2, 8)
            broken.failing[where] = full * rng.uniform(0.02, 0.2)
            broken.slower[where] += full * rng.uniform(0.2, 1)
        case "delay":
            broken.delay[where] = full * rng.uniform(0.05, 0.4)
        case "loss":
            broken.lost[where] = full * rng.uniform(0.03, 0.15)
        case "config":
            broken.slower[where] += full * rng.uniform(2, 8)
            broken.failing[where] = full * rng.uniform(0.0, 0.1)
        case "deployment":
            broken.slower[where] += full * rng.uniform(0, 5)
            broken.failing[where] = full * rng.uniform(0.05, 0.4)
        case "code":
            broken.failing[where] = full * rng.uniform(0.1, 0.8)
    return broken


def _responses(
    shop: Shop, broken: _FaultEffects, own: Floats, *, by_callers: bool
) -> tuple[Floats, Floats, Floats]:
    """Median and high latency and share of failures of each service, measured by it or by its callers."""
    inside, outside = ([np.zeros(own.shape) for _ in range(3)] for _ in range(2))
    for name in range(own.shape[0] - 1, -1, -1):
        called = np.flatnonzero(shop.calls[name])
        often = shop.calls[name, called]
        # A pod's network delays its calls and its responses. Retransmissions take 200 ms and more; only the
        # few requests of the high percentiles wait for them.
        resent = np.clip(8 * broken.lost[name], 0, 1)
        held = (0.05 * resent * (resent > 0.6), 0.25 * (1 + 3 * resent) * (resent > 0))
        for part, (tail, most) in enumerate(((1.0, 1.0), (2.6, 1.5))):
            wait = broken.delay[name] + held[part]
            ways = zip(called, often, strict=True)
            below = [(outside[part][callee] + wait) * min(n, most) for callee, n in ways]
            waits = np.max(below, axis=0) if name in shop.parallel and below else sum(below)
            inside[part][name] = np.minimum(own[name] * tail + waits, _TIMEOUT)
            outside[part][name] = inside[part][name] + wait
        good = 1 - broken.failing[name] - 0.0005
        for callee, n in zip(called, often, strict=True):
            good = good * (1 - min(n, 1) * outside[2][callee] * 0.7)
        inside[2][name] = 1 - good
        outside[2][name] = np.clip(inside[2][name] + 0.3 * broken.lost[name], 0, 1)
    middle, high, failed = outside if by_callers else inside
    return middle, high, failed


def _measurements(
    shop: Shop, fault: str, where: int, since: Floats, every: float, rng: np.random.Generator
) -> dict[str, Floats]:
    """Values by kind of metric, shape (k, n): median and high latency, failures, requests, resources."""
    shape = count, size = len(shop.names), since.size
    by_callers = where < 0 or where in _needs_client_metrics(shop, fault) or bool(rng.random() < 0.5)
    broken = _fault_effects(fault, where, since, every, count, rng)
    turns = np.arange(size) / (size * rng.uniform(0.3, 2)) + rng.random()
    users = 1 + 0.1 * np.sin(2 * np.pi * turns)
    rate = rng.uniform(5, 150) * users * np.exp(0.05 * rng.normal(0, 1, size))
    used = np.clip(shop.busy[:, None] * users + broken.hog, 0, 0.97)
    own = shop.work[:, None] * broken.slower * (1 - shop.busy[:, None]) / (1 - used)
    middle, high, errors = _responses(shop, broken, own, by_callers=by_callers)
    # Waiting users send fewer requests, failed requests are repeated.
    slowed = 1 / (1 + 0.3 * np.clip(middle[0] / np.median(middle[0][since < 0]) - 1, 0, 3))
    asked = visits_of(shop)[:, None] * rate * slowed * (1 + 0.5 * np.clip(errors, 0, 1))
    requests = rng.poisson(asked * every)
    noise = rng.normal(0, 1, (6, *shape))
    jitter = rng.uniform(0.03, 0.2, (count, 1))
    busy = shop.busy[:, None] * users * slowed + broken.hog
    return {
        "middle": middle * np.exp(jitter * noise[0]),
        "high": high * np.exp(1.5 * jitter * noise[1]),
        "failed": rng.binomial(requests, np.clip(errors, 0, 1)) / every,
        "requests": requests / every,
        "cpu": np.clip(busy * np.exp(0.1 * noise[2]), 0, 1),
        "mem": rng.uniform(5e7, 8e8, (count, 1)) * (1 + 0.01 * noise[3] + broken.memory),
        "disk": rng.lognormal(8, 1, (count, 1)) * (1 + broken.disk) * np.exp(0.4 * noise[4]),
        "socket": np.round(rng.uniform(5, 60, (count, 1)) * (1 + broken.sockets + 0.05 * noise[5])),
    }


def _needs_client_metrics(shop: Shop, fault: str) -> frozenset[int]:
    """Services behind a bad network that call no others: only their callers' metrics show the fault."""
    if fault not in {"delay", "loss"}:
        return frozenset()
    return frozenset(np.flatnonzero(shop.calls.sum(axis=1) <= _FEW_CALLS).tolist())


def _reported_symptom(columns: dict[Column, Floats], entry: str, fault: str) -> Column:
    failing = fault in {"socket", "code", "deployment"}
    own = [metric for name, metric in columns if name == entry]
    wanted = ("error", "success") if failing else ("latency",)
    return entry, max(metric for metric in own if any(word in metric for word in wanted))


def _changes(
    shop: Shop, fault: str, where: int, times: Floats, start: int, rng: np.random.Generator
) -> tuple[SyntheticChange, ...]:
    every = float(times[1] - times[0])
    kinds = ("deployment", "config_change")
    made = [
        SyntheticChange(float(rng.choice(times)), str(rng.choice(shop.names)), str(rng.choice(kinds)))
        for _ in range(int(rng.integers(0, 3)))
    ]
    if fault in {"config", "deployment"}:
        kind = "config_change" if fault == "config" else "deployment"
        at = float(times[start]) - float(rng.uniform(0, max(every, 40)))
        made.append(SyntheticChange(at, shop.names[where], kind))
    return tuple(sorted(made, key=lambda change: change.at))


def _lines(
    shop: Shop, fault: str, where: int, times: Floats, start: int, rng: np.random.Generator
) -> tuple[Line, ...]:
    """For half of the incidents: usual lines, and errors that the fault causes."""
    if rng.random() < 0.5:
        return ()
    usual_times = rng.uniform(times[0], times[-1], 1500)
    lines = [
        Line(float(at), str(rng.choice(shop.names)), "INFO", f"GET /{place} 200 in {place % 90} ms")
        for place, at in enumerate(usual_times)
    ]
    lines += [
        Line(float(at), str(rng.choice(shop.names)), "WARN", f"slow query {place}")
        for place, at in enumerate(rng.uniform(times[0], times[-1], 20))
    ]
    callers = np.flatnonzero(shop.calls[:, where])
    for at in rng.uniform(times[start], times[-1], 60) if fault in _LOGGED else ():
        if _LOGGED[fault]:
            lines.append(Line(float(at), shop.names[where], "ERROR", _LOGGED[fault]))
        if callers.size:
            message = f"POST http://{shop.names[where]}:8080/ failed: i/o timeout after 3000ms"
            lines.append(Line(float(at), shop.names[int(rng.choice(callers))], "ERROR", message))
    return tuple(sorted(lines, key=lambda line: line.at))
