"""Synthetic incidents from a seed: random systems with seasons, noise, gaps, confounders and decoys.

Requests flow from one entry through a random call graph. Latencies add up along the calls, failures spread
to callers, and resources follow the traffic. One fault begins in one service; some faults affect only its
callers. There are harmless events as well: changes of other resources, deployments, shared nodes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bench._systems import Floats, System, identifiable_silent_origins, random_system, visits_of

Column = tuple[str, str]
Fault = Literal[
    "cpu", "memory", "disk", "sockets", "latency", "network-delay", "network-loss", "errors", "deployment"
]
FAULTS: tuple[Fault, ...] = (
    "cpu",
    "memory",
    "disk",
    "sockets",
    "latency",
    "network-delay",
    "network-loss",
    "errors",
    "deployment",
)
SILENT = ("network-delay", "network-loss")
"""Faults that only callers show: the network in front of the service loses time, not the service."""
_START = 1_700_000_000.0


@dataclass(frozen=True)
class SyntheticChange:
    """A deployment or a configuration change; `at` in epoch seconds."""

    at: float
    service: str
    kind: str


@dataclass(frozen=True)
class SyntheticCase:
    """One incident, or none (`cause` is ""): by column arrays of shape (n,), NaN for missing samples."""

    seed: int
    fault: str
    cause: str
    times: Floats
    values: Mapping[Column, Floats]
    calls: tuple[tuple[str, str], ...]
    symptom: Column
    onset: float
    baseline_times: Floats | None = None
    baseline: Mapping[Column, Floats] = field(default_factory=dict)
    changes: tuple[SyntheticChange, ...] = ()


def cases(count: int, seed: int) -> Iterator[SyntheticCase]:
    """Incidents with the faults in turn, each in its own system."""
    for index in range(count):
        yield case(seed * 100_003 + index, FAULTS[index % len(FAULTS)])


def healthy(count: int, seed: int) -> Iterator[SyntheticCase]:
    """Systems with seasons, noise, decoys and harmless changes, but without a fault."""
    for index in range(count):
        yield case(seed * 100_003 + 50_000 + index, "healthy")


def case(seed: int, fault: Fault | Literal["healthy"]) -> SyntheticCase:
    """One case; the same seed and fault give the same case."""
    rng = np.random.default_rng([seed, len(fault)])
    system = random_system(rng)
    while fault in SILENT and not identifiable_silent_origins(system):
        system = random_system(rng)
    # Few coarse samples with a separate baseline, or one fine recording with the onset in it.
    coarse = bool(rng.random() < 0.3)
    every = 300.0 if coarse else float(rng.choice([1.0, 5.0, 15.0]))
    before = int(rng.integers(200, 500)) if coarse else int(rng.integers(180, 500))
    during = int(rng.integers(5, 9)) if coarse else int(rng.integers(80, 300))
    size = before + during
    start = before + (int(rng.integers(0, 2)) if coarse else 0)
    where = -1 if fault == "healthy" else _faulty_service(system, fault, rng)
    measured = _measurements(system, fault, where, start, size, every, rng)
    _decoys(measured, where, start, rng)
    columns = _columns(measured, system, rng)
    times = np.asarray(_START + every * np.arange(size), dtype=np.float64)
    names = system.names
    calls = tuple((names[a], names[b]) for a, b in zip(*np.nonzero(system.share), strict=True))
    kept = slice(before, None) if coarse else slice(None)
    failing = fault in {"errors", "network-loss"}
    return SyntheticCase(
        seed=seed,
        fault=fault,
        cause="" if where < 0 else names[where],
        times=times[kept],
        values={key: column[kept] for key, column in columns.items()},
        calls=calls,
        symptom=(names[0], system.words["errors" if failing else "latency"]),
        onset=float(times[start]),
        baseline_times=times[:before] if coarse else None,
        baseline={key: column[:before] for key, column in columns.items()} if coarse else {},
        changes=_changes(system, fault, where, times, start, rng),
    )


def _faulty_service(system: System, fault: str, rng: np.random.Generator) -> int:
    """A service that is called often enough for its callers to be affected."""
    visits = visits_of(system)
    able = [
        n
        for n in range(1, len(system.names))
        if visits[n] > 0.4
        and (fault in SILENT or not system.unmeasured[n] or fault in {"cpu", "memory", "disk"})
    ]
    if fault in SILENT:
        able = identifiable_silent_origins(system)
    return int(rng.choice(able or [1]))


def _smooth_noise(rng: np.random.Generator, size: int, keep: float = 0.8) -> Floats:
    steps = rng.normal(0, np.sqrt(1 - keep**2), size)
    walk = np.empty(size)
    level = 0.0
    for place, step in enumerate(steps):
        level = keep * level + step
        walk[place] = level
    return walk


def _measurements(  # noqa: C901  one case per kind of fault
    system: System,
    fault: str,
    where: int,
    start: int,
    size: int,
    every: float,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Values by kind of metric, shape (k, n)."""
    count = len(system.names)
    since = np.arange(size) - start
    grown = np.clip((since + 1) / rng.choice([1, 1, max(1, (size - start) // 4)]), 0, 1) * (since >= 0)
    strength = rng.uniform(0.6, 2.0)
    period = rng.uniform(0.5, 3) * size
    season = 1 + rng.uniform(0, 0.3) * np.sin(2 * np.pi * (np.arange(size) / period + rng.random()))
    offered = rng.uniform(20, 200) * season * (1 + 0.05 * _smooth_noise(rng, size))
    typical = float(np.median(system.own) + system.own.sum() / count)
    slower, failing = np.zeros((count, size)), np.full((count, size), 0.0005)
    extra, lost = np.zeros(size), np.zeros(size)
    cpu, memory, disk, sockets = (np.zeros((count, size)) for _ in range(4))
    if where >= 0:
        own_delay = strength * 4 * typical * grown
        match fault:
            case "cpu":
                cpu[where] += rng.uniform(0.4, 0.9) * grown
                slower[where] += own_delay * 0.6
            case "memory":
                memory[where] += rng.uniform(0.5, 1.5) * np.clip(since / max(1, size - start), 0, 1)
                slower[where] += own_delay * 0.6
            case "disk":
                disk[where] += rng.uniform(3, 10) * grown
                slower[where] += own_delay * 0.6
            case "sockets":
                sockets[where] += rng.uniform(1, 3) * grown
                failing[where] += rng.uniform(0.03, 0.1) * grown
                slower[where] += own_delay * 0.4
            case "latency":
                slower[where] += own_delay
            case "network-delay":
                extra = own_delay
            case "network-loss":
                extra = own_delay * 0.7
                lost = rng.uniform(0.05, 0.2) * grown
            case "errors":
                failing[where] += rng.uniform(0.05, 0.3) * grown
            case "deployment":
                failing[where] += rng.uniform(0.05, 0.3) * grown * (rng.random() < 0.5)
                slower[where] += own_delay
    latency, errors = _latency_and_errors(system, where, slower, failing, extra, lost, rng)
    # Waiting users send fewer requests: a closed loop.
    asked = offered / (1 + 0.5 * np.clip(latency[0] / np.median(latency[0]) - 1, 0, 4))
    requests = rng.poisson(np.maximum(visits_of(system)[:, None] * asked, 0) * min(every, 60))
    seen = rng.binomial(requests, np.clip(errors, 0, 1)) / np.maximum(requests, 1)
    busy = system.cost[:, None] * requests / min(every, 60) + 0.05
    quirks = np.array([_smooth_noise(rng, size) for _ in range(count)])
    on_node = np.array([cpu[system.nodes == node].sum(axis=0) for node in system.nodes]) - cpu
    return {
        "latency": latency,
        "errors": seen,
        "requests": requests / min(every, 60),
        "cpu": np.clip(busy * (1 + 0.1 * quirks) + cpu + 0.15 * on_node, 0, None),
        "memory": 2e8 * (1 + 0.02 * quirks + 0.3 * rng.random((count, 1)) + memory),
        "disk": 1e4 * (1 + 0.3 * np.abs(rng.normal(0, 1, (count, size))) + disk) * (1 + busy),
        "sockets": np.round(20 + 10 * busy * (1 + 0.1 * quirks) + 20 * sockets),
    }


def _latency_and_errors(
    system: System,
    where: int,
    slower: Floats,
    failing: Floats,
    extra: Floats,
    lost: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Latency and error ratio of each service; a silent fault adds to each call of its service."""
    count, size = slower.shape
    latency, errors = np.zeros((count, size)), np.zeros((count, size))
    for name in range(count - 1, -1, -1):
        total, good = system.own[name] + slower[name], 1 - failing[name]
        for callee in np.flatnonzero(system.share[name]):
            silent = callee == where
            often = system.share[name, callee]
            total = total + often * (latency[callee] + (extra if silent else 0))
            bad = 1 - (1 - errors[callee]) * (1 - (lost if silent else 0))
            good = good * (1 - min(often, 1) * 0.8 * bad)
        jitter = rng.lognormal(0, system.noise[name], size) * (1 + 0.03 * _smooth_noise(rng, size))
        latency[name], errors[name] = total * jitter, 1 - good
    return latency, errors


def _decoys(measured: dict[str, Floats], where: int, start: int, rng: np.random.Generator) -> None:
    """Harmless events: a change of another service's resource, a single spike, a late scrape."""
    count, size = measured["cpu"].shape
    others = [n for n in range(count) if n != where]
    for kind in ("cpu", "memory", "disk", "sockets"):
        if rng.random() < 0.5:
            at = int(np.clip(start + rng.integers(-60, 30), size // 10, size - 2))
            values = measured[kind][int(rng.choice(others))]
            rise = rng.uniform(0.3, 1.5) * float(np.median(values))
            length = int(rng.integers(2, max(3, size // 2)))
            values[at : at + length] += rise
    if rng.random() < 0.5:
        spiky = measured["latency"][int(rng.choice(others))]
        spiky[rng.integers(0, size, 2)] *= rng.uniform(3, 8)
    if where >= 0 and rng.random() < 0.4:  # the cause is scraped later than its callers
        late = int(rng.integers(1, 4)) if size - start > 20 else 0
        for kind in ("latency", "errors"):
            measured[kind][where] = np.roll(measured[kind][where], late)


def _columns(
    measured: Mapping[str, Floats], system: System, rng: np.random.Generator
) -> dict[Column, Floats]:
    """Columns by service and metric, with gaps, a constant one, in shuffled order."""
    columns: dict[Column, Floats] = {}
    missing = float(rng.choice([0.0, 0.02, 0.1]))
    for kind, rows in measured.items():
        word = system.words[kind]
        for place, name in enumerate(system.names):
            hidden = system.unmeasured[place] and kind in {"latency", "errors", "requests"}
            # The entry's metrics always exist.
            if hidden or (place > 0 and rng.random() < 0.02):
                continue
            values = 100 * (1 - rows[place]) if word == "availability" else rows[place].copy()
            values[rng.random(values.size) < missing] = np.nan
            columns[name, word] = values
    size = next(iter(measured.values())).shape[1]
    columns[system.names[-1], "limit"] = np.full(size, 1e9)
    order = list(columns)
    return {order[place]: columns[order[place]] for place in rng.permutation(len(order))}


def _changes(
    system: System, fault: str, where: int, times: Floats, start: int, rng: np.random.Generator
) -> tuple[SyntheticChange, ...]:
    every = float(times[1] - times[0])
    changes = []
    for _ in range(int(rng.integers(0, 3))):
        place = int(rng.integers(0, times.size))
        name = system.names[int(rng.integers(0, len(system.names)))]
        changes.append(SyntheticChange(float(times[place]), name, "deployment"))
    if rng.random() < 0.3 and where >= 0:
        other = int(rng.choice([n for n in range(len(system.names)) if n != where]))
        changes.append(
            SyntheticChange(float(times[start]) - 20 * rng.random(), system.names[other], "deployment")
        )
    if fault == "deployment":
        changes.append(
            SyntheticChange(
                float(times[start]) - min(every, 30) * rng.random(), system.names[where], "deployment"
            )
        )
    return tuple(sorted(changes, key=lambda change: change.at))
