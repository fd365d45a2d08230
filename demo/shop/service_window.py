from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from prometheus_client import Metric

from demo.shop.instruments import BUCKET_BOUNDS, SERVER_ERROR

WINDOW_SCRAPES: Final = 5

_EMPTY: Final = (0.0,) * (len(BUCKET_BOUNDS) + 1)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters of a process. Buckets are cumulative counts, +Inf last."""

    requests: float = 0.0
    failures: float = 0.0
    cpu_seconds: float = 0.0
    acquisitions: float = 0.0
    wait_seconds: float = 0.0
    buckets: tuple[float, ...] = _EMPTY
    provider_buckets: tuple[float, ...] = _EMPTY

    def plus(self, other: Self, sign: int = 1) -> "Counts":
        """The sum; with sign -1 the difference."""
        return Counts(
            requests=self.requests + sign * other.requests,
            failures=self.failures + sign * other.failures,
            cpu_seconds=self.cpu_seconds + sign * other.cpu_seconds,
            acquisitions=self.acquisitions + sign * other.acquisitions,
            wait_seconds=self.wait_seconds + sign * other.wait_seconds,
            buckets=_plus(self.buckets, other.buckets, sign),
            provider_buckets=_plus(self.provider_buckets, other.provider_buckets, sign),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One scrape of one replica."""

    counts: Counts
    memory_bytes: float = 0.0
    memory_limit_bytes: float = 0.0
    pool_in_use: float = 0.0
    pool_size: float = 0.0
    pool_waiting: float = 0.0

    @classmethod
    def of_families(cls, families: Iterable[Metric]) -> Self:
        """Reads the metrics of a replica."""
        gauges: dict[str, float] = {}
        buckets: dict[str, list[float]] = {}
        requests = failures = 0.0
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == "http_requests_total":
                requests += sample.value
                failures += sample.value if int(sample.labels["status"]) >= SERVER_ERROR else 0
            elif sample.name.endswith("_bucket"):
                buckets.setdefault(sample.name, []).append(sample.value)
            else:
                gauges[sample.name] = sample.value
        counts = Counts(
            requests=requests,
            failures=failures,
            cpu_seconds=gauges["process_cpu_seconds_total"],
            acquisitions=gauges["pool_acquisitions_total"],
            wait_seconds=gauges["pool_wait_seconds_total"],
            buckets=tuple(buckets["http_request_duration_seconds_bucket"]),
            provider_buckets=tuple(buckets.get("provider_request_duration_seconds_bucket", _EMPTY)),
        )
        return cls(
            counts=counts,
            memory_bytes=gauges["process_resident_memory_bytes"],
            memory_limit_bytes=gauges["process_memory_limit_bytes"],
            pool_in_use=gauges["pool_in_use"],
            pool_size=gauges["pool_size"],
            pool_waiting=gauges["pool_waiting"],
        )


class ServiceWindow:
    """Turns the counters of changing processes into the metrics of one service."""

    def __init__(self) -> None:
        self._last: dict[str, Reading] = {}
        self._totals = Counts()  # of all its processes, including ended ones
        self._history: deque[tuple[float, Counts]] = deque(maxlen=WINDOW_SCRAPES + 1)

    def absorb(self, replica: str, reading: Reading) -> None:
        """Adds the increase since the replica's last reading; a new process counts from zero."""
        before = self._last[replica].counts if replica in self._last else Counts()
        if reading.counts.requests < before.requests:
            before = Counts()
        self._totals = self._totals.plus(reading.counts.plus(before, -1))
        self._last[replica] = reading

    def forget(self, replica: str) -> None:
        """Drops a replica that has ended; its counts stay."""
        self._last.pop(replica, None)

    def close_scrape(self, time: float, live: Iterable[str]) -> dict[str, float]:
        """The metrics over the last five scrapes; without requests there is no ratio and no latency."""
        self._history.append((time, self._totals))
        readings = [self._last[replica] for replica in live if replica in self._last]
        values: dict[str, float] = {"replicas": float(len(readings))}
        if readings:
            values["memory_bytes"] = max(reading.memory_bytes for reading in readings)
            values["memory_limit_bytes"] = max(reading.memory_limit_bytes for reading in readings)
            values["pool_in_use"] = sum(reading.pool_in_use for reading in readings)
            values["pool_size"] = sum(reading.pool_size for reading in readings)
            values["pool_waiting"] = sum(reading.pool_waiting for reading in readings)
        return values | self._rates()

    def _rates(self) -> dict[str, float]:
        (start, first), (end, last) = self._history[0], self._history[-1]
        seconds = end - start
        if seconds <= 0:
            return {}
        since = last.plus(first, -1)
        values = {
            "requests_per_second": since.requests / seconds,
            "cpu_seconds_per_second": since.cpu_seconds / seconds,
        }
        if since.requests > 0:
            values["error_ratio"] = since.failures / since.requests
            values["latency_p50_seconds"] = quantile(0.50, since.buckets)
            values["latency_p95_seconds"] = quantile(0.95, since.buckets)
        if since.acquisitions > 0:
            values["pool_wait_seconds"] = since.wait_seconds / since.acquisitions
        if since.provider_buckets[-1] > 0:
            values["provider_latency_seconds"] = quantile(0.95, since.provider_buckets)
        return values


def quantile(share: float, cumulative: Sequence[float]) -> float:
    """The quantile in seconds, interpolated linearly within a bucket as Prometheus does it."""
    rank = share * cumulative[-1]
    lower, below = 0.0, 0.0
    for bound, count in zip(BUCKET_BOUNDS, cumulative, strict=False):
        if count >= rank and count > below:
            return lower + (bound - lower) * (rank - below) / (count - below)
        lower, below = bound, count
    return BUCKET_BOUNDS[-1]


def _plus(ours: Sequence[float], theirs: Sequence[float], sign: int) -> tuple[float, ...]:
    return tuple(own + sign * other for own, other in zip(ours, theirs, strict=True))
