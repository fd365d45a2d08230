import os
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

MEMORY_LIMIT_BYTES: Final = 96 * 1024 * 1024
# Even steps of 25 ms where incidents happen: with steps that grow with the latency, the 95th percentile of
# 1.0 s and of 1.2 s look alike, and so do a cause and its victims.
BUCKET_BOUNDS: Final = (
    *(round(0.001 * 1.2**step, 6) for step in range(26)),  # up to 95 ms
    *(round(0.1 + 0.025 * step, 3) for step in range(97)),  # up to 2.5 s
    *(round(2.75 + 0.25 * step, 2) for step in range(26)),  # up to 9 s
)
SERVER_ERROR: Final = 500

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """Resident memory of this process, as the kernel counts it."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  read at every request
        return int(statm.read().split()[1]) * _PAGE_BYTES


class Instruments:
    """Metrics of one replica since its start; `provider` only where the service has one."""

    def __init__(self, pool_size: int, *, provider: bool = False) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.in_flight = 0
        self.pool_size = pool_size
        self.pool_in_use = Gauge("pool_in_use", "Connections in use.", registry=registry)
        self.pool_waiting = Gauge("pool_waiting", "Requests that wait for a connection.", registry=registry)
        self.provider = _seconds("provider_request_duration_seconds", registry) if provider else None
        self._requests = Counter("http_requests", "Finished requests.", ("status",), registry=registry)
        self._durations = _seconds("http_request_duration_seconds", registry)
        self._waits = Counter("pool_acquisitions", "Waits for a connection.", registry=registry)
        self._wait_seconds = Counter("pool_wait_seconds", "Time spent in these waits.", registry=registry)
        size = Gauge("pool_size", "Connections of the pool.", registry=registry)
        size.set(pool_size)
        limit = Gauge("process_memory_limit_bytes", "Memory that the process may use.", registry=registry)
        limit.set(MEMORY_LIMIT_BYTES)

    def observe(self, status: int, seconds: float) -> None:
        """Counts one finished request."""
        self._requests.labels(str(status)).inc()
        self._durations.observe(seconds)

    def observe_wait(self, seconds: float) -> None:
        """Counts one wait for a connection, however it ended."""
        self._waits.inc()
        self._wait_seconds.inc(seconds)

    def exposition(self) -> str:
        """Everything in the Prometheus text format; durations in seconds, memory in bytes."""
        return generate_latest(self._registry).decode()


def _seconds(name: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(name, "Seconds per request.", buckets=BUCKET_BOUNDS, registry=registry)
