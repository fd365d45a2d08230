"""What `/api/metrics` tells Prometheus about this process."""

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from runtime.job_metrics import JobMetrics

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ELSEWHERE = "elsewhere"
"""Whatever is no route of ours: a stranger must not be able to make up labels."""


class Measures:
    """Requests by route, open sockets, and the process itself; no person, organization or mission."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._requests = Histogram(
            "ops_agent_http_request_duration_seconds",
            "From a request's head to its answer's.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.jobs = JobMetrics(self._registry)
        self.sockets = Gauge("ops_agent_sockets", "Open Socket.IO connections.", registry=self._registry)

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """One request was answered."""
        known = method if method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} else "OTHER"
        self._requests.labels(known, route or ELSEWHERE, str(status)).observe(seconds)

    def told(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
