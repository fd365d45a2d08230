"""The metrics of this process that `/api/metrics` serves."""

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
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
ELSEWHERE = "elsewhere"
"""The label of every path that is no route: a client must not be able to create labels."""


class Measures:
    """Requests by route, sockets, background jobs and the process; no person, organization or mission."""

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
        """Records one answered request; `seconds` is from its head to the head of its answer."""
        label = method if method in METHODS else "OTHER"
        self._requests.labels(label, route or ELSEWHERE, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
