"""Incidents of a small, simplified shop as its dashboards would show them, generated from a seed.

Three services call each other in a chain; each has eight series of one sample a second, the last one also
its provider's. A fault begins after 20 to 60 healthy seconds. Callers time out
after two seconds with an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from missions.evidence import Change, Dependency, Evidence, LogLine, Origin, Series
from missions.plan import Phase, Window

Kind = Literal[
    "healthy", "bad-deploy-errors", "bad-deploy-latency", "leak", "pool-exhaustion", "slow-dependency"
]
Floats = NDArray[np.float64]

CHAIN = ("web", "checkout", "payments")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_TIMEOUT = 2.0
_UNITS = {
    "latency_p95_seconds": "s",
    "error_ratio": "ratio",
    "requests_per_second": "rps",
    "memory_bytes": "bytes",
    "cpu_ratio": "ratio",
    "pool_in_use": "",
    "pool_size": "",
    "pool_wait_seconds": "seconds",
    "provider_latency_seconds": "seconds",
}
_POOL = 40.0
SIZES: dict[Kind, tuple[float, float]] = {
    "bad-deploy-errors": (0.25, 0.6),
    "bad-deploy-latency": (0.6, 1.5),
    "leak": (1.0, 6.0),
    "pool-exhaustion": (0.8, 1.5),
    "slow-dependency": (0.6, 1.2),
}


@dataclass(frozen=True)
class Incident:
    """A fault: `size` is an error ratio, additional seconds, or MiB of leak a second.

    Decoys: `decoy` is a harmless deployment elsewhere that many seconds after the onset (negative: before),
    `own_decoy` one of the same service, `noisy` a service whose memory goes up and down.
    """

    kind: Kind
    seed: int
    service: str = ""
    size: float = 0.0
    onset: int = 45
    length: int = 120
    gaps: float = 0.0
    chain: tuple[str, ...] = CHAIN
    decoy: int | None = None
    own_decoy: int | None = None
    noisy: str = ""
    deployment_listed: bool = True

    @property
    def name(self) -> str:
        """For test ids."""
        return f"{self.kind}-{self.service or 'none'}-{self.size:.2f}-at{self.onset}-seed{self.seed}"


def faults(count: int, seed: int) -> Iterator[Incident]:
    """Faults over kinds, services, sizes and onsets, with gaps and decoy deployments mixed in."""
    random = np.random.default_rng(seed)
    kinds: tuple[Kind, ...] = tuple(SIZES)
    for index in range(count):
        kind = kinds[index % len(kinds)]
        low, high = SIZES[kind]
        service = CHAIN[-1] if kind == "slow-dependency" else CHAIN[(index // len(kinds)) % 3]
        noisy = [name for name in CHAIN if name != service]
        yield Incident(
            kind=kind,
            seed=seed * 1000 + index,
            service=service,
            size=float(random.uniform(low, high)),
            onset=int(random.integers(20, 61)),
            gaps=float(random.choice([0.0, 0.0, 0.1])),
            decoy=int(random.choice([-1, 1]) * random.integers(10, 26)) if random.random() < 0.6 else None,
            own_decoy=-int(random.integers(25, 50)) if kind == "leak" and random.random() < 0.3 else None,
            noisy=str(random.choice(noisy)) if random.random() < 0.5 else "",
        )


def healthy(count: int, seed: int) -> Iterator[Incident]:
    """No fault: jitter, single error spikes and slowly growing memory."""
    for index in range(count):
        yield Incident(
            kind="healthy",
            seed=seed * 1000 + index,
            gaps=0.1 * (index % 2),
            decoy=-18 if index % 3 == 0 else None,
            noisy=CHAIN[index % 3] if index % 4 else "",
        )


def evidence(incident: Incident, phase: Phase = Phase.BEFORE) -> Evidence:
    """The dashboard's evidence of the incident."""
    random = np.random.default_rng(incident.seed)
    series = [
        _series(incident, service, metric, values, random)
        for service, metrics in _measured(incident, random).items()
        for metric, values in metrics.items()
    ]
    return Evidence(
        target="shop",
        phase=phase,
        window=Window(start=START, end=START + timedelta(seconds=incident.length)),
        series=tuple(series),
        logs=_logs(incident),
        changes=_changes(incident),
        dependencies=tuple(
            Dependency(caller=caller, callee=callee)
            for caller, callee in zip(incident.chain, incident.chain[1:], strict=False)
        ),
    )


def aftermath(incident: Incident, *, cured: bool, seconds: int = 110, idle: bool = False) -> Evidence:
    """The same panels `seconds` after an action, `cured` or not; `idle`: requests have stopped."""
    later = replace(incident, seed=incident.seed + 1, length=incident.length + seconds)
    ill, well = evidence(later, Phase.AFTER), evidence(replace(later, kind="healthy"), Phase.AFTER)
    edge = START.timestamp() + incident.length
    series = tuple(
        bad.model_copy(
            update={
                "points": tuple(point for point in bad.points if point[0] <= edge)
                + tuple(
                    (time, (0.0 if bad.metric == "requests_per_second" else None) if idle else value)
                    for time, value in (good if cured else bad).points
                    if time > edge
                )
            }
        )
        for bad, good in zip(ill.series, well.series, strict=True)
    )
    return ill.model_copy(update={"series": series})


def _measured(incident: Incident, random: np.random.Generator) -> dict[str, dict[str, Floats]]:
    """The values of each second by service and metric, callee first."""
    size = incident.length
    since = np.maximum(np.arange(size) - incident.onset, 0).astype(float)
    broken = np.arange(size) >= incident.onset
    measured: dict[str, dict[str, Floats]] = {}
    slower, failing = np.zeros(size), np.zeros(size)
    for depth, service in enumerate(reversed(incident.chain)):
        own = incident.kind != "healthy" and service == incident.service
        memory = 50 + 25 * depth + random.normal(0, 0.5, size) + 0.02 * np.arange(size)
        if service == incident.noisy:
            memory = memory + np.repeat(random.uniform(0, 12, size // 2 + 1), 2)[:size]
        waiting, taken = np.zeros(size), 0.02 + random.uniform(0, 0.02, size) + np.minimum(slower, 2) * 0.3
        outside = np.full(size, 0.02) * random.lognormal(0, 0.2, size)
        if own and incident.kind == "pool-exhaustion":
            filled = np.clip(since / 4, 0, 1)
            taken = np.where(broken, filled * random.uniform(0.85, 1.0, size), taken)
            waiting = incident.size * np.clip((since - 6) / 6, 0, 1)
            slower = slower + waiting
            failing = np.maximum(failing, 0.2 * (waiting > 0.9))
        if own and incident.kind == "slow-dependency":
            outside = outside + incident.size * broken * random.uniform(0.9, 1.15, size)
            slower = slower + incident.size * broken
        traffic = np.full(size, 12.0) * (1 - 0.3 * (failing > 0.1))
        if own and incident.kind == "bad-deploy-latency":
            slower = slower + incident.size * broken
        if own and incident.kind == "leak":
            memory = memory + incident.size * since
            strain = np.maximum(since - random.uniform(8, 20), 0)
            slower = slower + np.minimum(0.08 * strain, 15)
            failing = np.maximum(failing, np.where(strain > 45, 0.6, 0.0))
        if own and incident.kind == "bad-deploy-errors":
            failing = np.maximum(failing, incident.size * broken)
        base = 0.03 + 0.03 * depth
        latency = (base + slower) * random.lognormal(0, 0.2, size)
        errors = random.binomial(np.maximum(traffic, 1).astype(int), np.clip(failing + 0.002, 0, 1))
        measured[service] = {
            "latency_p95_seconds": latency,
            "error_ratio": errors / np.maximum(traffic, 1).astype(int),
            "requests_per_second": random.poisson(traffic).astype(float),
            "memory_bytes": memory * 1024**2,
            "cpu_ratio": np.clip(random.normal(0.2, 0.05, size), 0, 1),
            "pool_in_use": taken * _POOL,
            "pool_size": np.full(size, _POOL),
            "pool_wait_seconds": waiting * random.uniform(0.5, 0.9, size),
        }
        if service == incident.chain[-1]:
            measured[service]["provider_latency_seconds"] = outside
        # The caller of this service times out after two seconds.
        impatient = np.clip((slower - 1.7) / 0.6, 0, 0.9)
        slower = np.minimum(slower, _TIMEOUT)
        failing = np.maximum(failing, impatient)
    return measured


def _series(
    incident: Incident, service: str, metric: str, values: Floats, random: np.random.Generator
) -> Series:
    start = START.timestamp()
    gone = random.random(values.size) < incident.gaps
    return Series(
        id=f"{service}/{metric}",
        panel=metric,
        service=service,
        metric=metric,
        unit=_UNITS[metric],
        query=f'{metric}{{service="{service}"}}',
        origin=Origin.PAGE_RESPONSE,
        points=tuple(
            (start + second, None if gap else float(value))
            for second, (value, gap) in enumerate(zip(values, gone, strict=True))
        ),
    )


def _changes(incident: Incident) -> tuple[Change, ...]:
    def deployed(service: str, second: int, revision: int) -> Change:
        return Change(
            id=f"deployment/{service}/{revision}",
            at=START + timedelta(seconds=second),
            service=service,
            kind="deployment",
            description=f"{service} revision {revision}",
            version=f"v{revision}",
            revision=revision,
            previous_revision=revision - 1 if revision > 1 else None,
        )

    changes = [deployed(service, 0, 1) for service in incident.chain]
    if incident.kind.startswith("bad-deploy") and incident.deployment_listed:
        changes.append(deployed(incident.service, incident.onset - 2, 2))
    if incident.decoy is not None:
        others = [name for name in incident.chain if name != incident.service]
        changes.append(
            deployed(others[incident.seed % len(others)], max(1, incident.onset + incident.decoy), 3)
        )
    if incident.own_decoy is not None:
        changes.append(deployed(incident.service, max(1, incident.onset + incident.own_decoy), 2))
    return tuple(changes)


def _logs(incident: Incident) -> tuple[LogLine, ...]:
    if incident.kind != "bad-deploy-errors":
        return ()
    return tuple(
        LogLine(
            id=f"log/{incident.service}/{second}",
            at=START + timedelta(seconds=second),
            service=incident.service,
            level="error",
            message="the order could not be priced: KeyError 'currency'",
        )
        for second in range(incident.onset, incident.onset + 5)
    )
