from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

MAX_SAMPLES: Final = 900
STALE_SECONDS: Final = 5.0
METRICS: Final = (
    "requests_per_second",
    "error_ratio",
    "latency_p95_seconds",
    "latency_p50_seconds",
    "memory_bytes",
    "memory_limit_bytes",
    "pool_in_use",
    "pool_size",
    "pool_waiting",
    "pool_wait_seconds",
    "provider_latency_seconds",
    "replicas",
    "cpu_seconds_per_second",
)


class MetricSeries:
    """The last 15 minutes of every metric of every service, one sample per scrape."""

    def __init__(self) -> None:
        self._samples: dict[tuple[str, str], deque[tuple[float, float]]] = {}

    def add(self, service: str, time: float, values: Mapping[str, float]) -> None:
        """Stores the values of one scrape; time in seconds since 1970."""
        for metric, value in values.items():
            samples = self._samples.setdefault((metric, service), deque(maxlen=MAX_SAMPLES))
            samples.append((time, value))

    def on_grid(
        self, metric: str, service: str, start: float, end: float, step: float
    ) -> Iterator[tuple[float, float]]:
        """At each grid point the newest sample of the last five seconds; points without one are left out."""
        samples = list(self._samples.get((metric, service), ()))
        times = [time for time, _ in samples]
        # Multiplied, not added up: additions of a fractional step drift.
        for index in range(int((end - start) / step + 1e-9) + 1):
            moment = start + index * step
            position = bisect_right(times, moment) - 1
            if position >= 0 and moment - times[position] <= STALE_SECONDS:
                yield moment, samples[position][1]
