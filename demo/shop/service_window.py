from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from demo.shop.exposition import parse
from demo.shop.instruments import BUCKET_BOUNDS, SERVER_ERROR

WINDOW_SCRAPES: Final = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """One scrape of one replica. Buckets are cumulative counts, +Inf last."""

    requests: float
    failures: float
    cpu_seconds: float
    buckets: tuple[float, ...]
    memory_bytes: float = 0.0
    memory_limit_bytes: float = 0.0
    pool_in_use: float = 0.0
    pool_size: float = 0.0

    @classmethod
    def of_exposition(cls, text: str) -> Self:
        """Reads what a replica's /metrics answered."""
        gauges: dict[str, float] = {}
        buckets = []
        requests = failures = 0.0
        for sample in parse(text):
            if sample.name == "http_requests_total":
                requests += sample.value
                failures += sample.value if int(sample.labels["status"]) >= SERVER_ERROR else 0
            elif sample.name == "http_request_duration_seconds_bucket":
                buckets.append(sample.value)
            else:
                gauges[sample.name] = sample.value
        return cls(
            requests=requests,
            failures=failures,
            cpu_seconds=gauges["process_cpu_seconds_total"],
            buckets=tuple(buckets),
            memory_bytes=gauges["process_resident_memory_bytes"],
            memory_limit_bytes=gauges["process_memory_limit_bytes"],
            pool_in_use=gauges["pool_in_use"],
            pool_size=gauges["pool_size"],
        )


_NOTHING: Final = Reading(0, 0, 0, (0.0,) * (len(BUCKET_BOUNDS) + 1))


@dataclass(slots=True)
class _Totals:
    """What the service has counted in all its processes, those that have ended included."""

    time: float = 0.0
    requests: float = 0.0
    failures: float = 0.0
    cpu_seconds: float = 0.0
    buckets: list[float] = field(default_factory=lambda: [0.0] * (len(BUCKET_BOUNDS) + 1))


class ServiceWindow:
    """Turns counters of coming and going processes into the metrics of one service."""

    def __init__(self) -> None:
        self._last: dict[str, Reading] = {}
        self._totals = _Totals()
        self._history: deque[_Totals] = deque(maxlen=WINDOW_SCRAPES + 1)

    def absorb(self, replica: str, reading: Reading) -> None:
        """Adds what a replica counted since its last reading; a new process counts from zero."""
        before = self._last.get(replica, _NOTHING)
        if reading.requests < before.requests:
            before = _NOTHING
        totals = self._totals
        totals.requests += reading.requests - before.requests
        totals.failures += reading.failures - before.failures
        totals.cpu_seconds += reading.cpu_seconds - before.cpu_seconds
        pairs = zip(totals.buckets, reading.buckets, before.buckets, strict=True)
        totals.buckets = [total + now - then for total, now, then in pairs]
        self._last[replica] = reading

    def forget(self, replica: str) -> None:
        """The replica has ended."""
        self._last.pop(replica, None)

    def close_scrape(self, time: float, live: Iterable[str]) -> dict[str, float]:
        """The metrics over the last five seconds; no requests, no ratio and no latency."""
        totals = self._totals
        self._history.append(
            _Totals(time, totals.requests, totals.failures, totals.cpu_seconds, list(totals.buckets))
        )
        readings = [self._last[replica] for replica in live if replica in self._last]
        values: dict[str, float] = {"replicas": float(len(readings))}
        if readings:
            values["memory_bytes"] = max(reading.memory_bytes for reading in readings)
            values["memory_limit_bytes"] = max(reading.memory_limit_bytes for reading in readings)
            values["pool_in_use"] = sum(reading.pool_in_use for reading in readings)
            values["pool_size"] = sum(reading.pool_size for reading in readings)
        return values | self._rates()

    def _rates(self) -> dict[str, float]:
        first, last = self._history[0], self._history[-1]
        seconds = last.time - first.time
        if seconds <= 0:
            return {}
        requests = last.requests - first.requests
        values = {
            "requests_per_second": requests / seconds,
            "cpu_seconds_per_second": (last.cpu_seconds - first.cpu_seconds) / seconds,
        }
        if requests > 0:
            buckets = [now - then for now, then in zip(last.buckets, first.buckets, strict=True)]
            values["error_ratio"] = (last.failures - first.failures) / requests
            values["latency_p50_seconds"] = quantile(0.50, buckets)
            values["latency_p95_seconds"] = quantile(0.95, buckets)
        return values


def quantile(share: float, cumulative: Sequence[float]) -> float:
    """Seconds below which this share of requests stayed, linear within a bucket as Prometheus does it."""
    rank = share * cumulative[-1]
    lower, below = 0.0, 0.0
    for bound, count in zip(BUCKET_BOUNDS, cumulative, strict=False):
        if count >= rank and count > below:
            return lower + (bound - lower) * (rank - below) / (count - below)
        lower, below = bound, count
    return BUCKET_BOUNDS[-1]
