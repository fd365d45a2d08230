import os
import time
from collections.abc import Iterator
from typing import Final

from demo.shop.exposition import Sample, render

MEMORY_LIMIT_BYTES: Final = 96 * 1024 * 1024
# Fine steps of a fifth: with one bucket from 1 to 2.5 s a cause and its victims look alike.
BUCKET_BOUNDS: Final = tuple(round(0.001 * 1.2**step, 6) for step in range(51))  # up to 9.1 s
SERVER_ERROR: Final = 500

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_KINDS: Final = {
    "http_requests_total": "counter",
    "http_request_duration_seconds": "histogram",
    "pool_in_use": "gauge",
    "pool_size": "gauge",
    "process_resident_memory_bytes": "gauge",
    "process_memory_limit_bytes": "gauge",
    "process_cpu_seconds_total": "counter",
}


def resident_bytes() -> int:
    """Resident memory of this process, as the kernel counts it."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  asked at every request
        return int(statm.read().split()[1]) * _PAGE_BYTES


class Instruments:
    """Counters of one replica since its start."""

    def __init__(self, pool_size: int) -> None:
        self.in_flight = 0
        self.pool_in_use = 0
        self.pool_size = pool_size
        self._by_status: dict[int, int] = {}
        self._buckets = [0] * (len(BUCKET_BOUNDS) + 1)
        self._seconds = 0.0

    def observe(self, status: int, seconds: float) -> None:
        """Counts one finished request."""
        self._by_status[status] = self._by_status.get(status, 0) + 1
        self._seconds += seconds
        for index, bound in enumerate(BUCKET_BOUNDS):
            if seconds <= bound:
                self._buckets[index] += 1
                return
        self._buckets[-1] += 1

    def exposition(self) -> str:
        """Everything in the Prometheus text format; durations in seconds, memory in bytes."""
        return render(self._samples(), _KINDS)

    def _samples(self) -> Iterator[Sample]:
        for status, count in sorted(self._by_status.items()):
            yield Sample("http_requests_total", {"status": str(status)}, count)
        cumulative = 0
        for bound, count in zip((*BUCKET_BOUNDS, "+Inf"), self._buckets, strict=True):
            cumulative += count
            yield Sample("http_request_duration_seconds_bucket", {"le": str(bound)}, cumulative)
        yield Sample("http_request_duration_seconds_sum", {}, self._seconds)
        yield Sample("http_request_duration_seconds_count", {}, cumulative)
        yield Sample("pool_in_use", {}, self.pool_in_use)
        yield Sample("pool_size", {}, self.pool_size)
        yield Sample("process_resident_memory_bytes", {}, resident_bytes())
        yield Sample("process_memory_limit_bytes", {}, MEMORY_LIMIT_BYTES)
        yield Sample("process_cpu_seconds_total", {}, time.process_time())
