import os
import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from demo.shop.exposition import Sample, render

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
KINDS: Final = {
    "http_requests_total": "counter",
    "http_request_duration_seconds": "histogram",
    "provider_request_duration_seconds": "histogram",
    "pool_in_use": "gauge",
    "pool_size": "gauge",
    "pool_waiting": "gauge",
    "pool_acquisitions_total": "counter",
    "pool_wait_seconds_total": "counter",
    "process_resident_memory_bytes": "gauge",
    "process_memory_limit_bytes": "gauge",
    "process_cpu_seconds_total": "counter",
}


def resident_bytes() -> int:
    """Resident memory of this process, as the kernel counts it."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  asked at every request
        return int(statm.read().split()[1]) * _PAGE_BYTES


class Histogram:
    """Durations in seconds, counted in the buckets of BUCKET_BOUNDS."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._buckets = [0] * (len(BUCKET_BOUNDS) + 1)
        self._seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Counts one."""
        self._seconds += seconds
        self._buckets[bisect_left(BUCKET_BOUNDS, seconds)] += 1

    def samples(self) -> Iterator[Sample]:
        """Its cumulative buckets, sum and count."""
        cumulative = 0
        for bound, count in zip((*BUCKET_BOUNDS, "+Inf"), self._buckets, strict=True):
            cumulative += count
            yield Sample(f"{self._name}_bucket", {"le": str(bound)}, cumulative)
        yield Sample(f"{self._name}_sum", {}, self._seconds)
        yield Sample(f"{self._name}_count", {}, cumulative)


class Instruments:
    """Counters of one replica since its start; `provider` only where the service has one."""

    def __init__(self, pool_size: int, *, provider: bool = False) -> None:
        self.in_flight = 0
        self.pool_in_use = 0
        self.pool_size = pool_size
        self.pool_waiting = 0
        self.provider = Histogram("provider_request_duration_seconds") if provider else None
        self._by_status: dict[int, int] = {}
        self._requests = Histogram("http_request_duration_seconds")
        self._acquisitions = 0
        self._wait_seconds = 0.0

    def observe(self, status: int, seconds: float) -> None:
        """Counts one finished request."""
        self._by_status[status] = self._by_status.get(status, 0) + 1
        self._requests.observe(seconds)

    def observe_wait(self, seconds: float) -> None:
        """Counts one wait for a connection, however it ended."""
        self._acquisitions += 1
        self._wait_seconds += seconds

    def exposition(self) -> str:
        """Everything in the Prometheus text format; durations in seconds, memory in bytes."""
        return render(self._samples(), KINDS)

    def _samples(self) -> Iterator[Sample]:
        for status, count in sorted(self._by_status.items()):
            yield Sample("http_requests_total", {"status": str(status)}, count)
        yield from self._requests.samples()
        if self.provider is not None:
            yield from self.provider.samples()
        yield Sample("pool_in_use", {}, self.pool_in_use)
        yield Sample("pool_size", {}, self.pool_size)
        yield Sample("pool_waiting", {}, self.pool_waiting)
        yield Sample("pool_acquisitions_total", {}, self._acquisitions)
        yield Sample("pool_wait_seconds_total", {}, self._wait_seconds)
        yield Sample("process_resident_memory_bytes", {}, resident_bytes())
        yield Sample("process_memory_limit_bytes", {}, MEMORY_LIMIT_BYTES)
        yield Sample("process_cpu_seconds_total", {}, time.process_time())
