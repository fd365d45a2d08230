import time

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from runtime.resources import Resources

SUCCEEDED, FAILED = "succeeded", "failed"


class JobMetrics:
    """What Prometheus reads about a process's periodic jobs. No label names an organization."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._runs = Counter(
            "ops_agent_job_runs_total",
            "Runs of a periodic job; failed: it raised, or an organization's turn did.",
            ("job", "outcome"),
            registry=registry,
        )
        self._organization_failures = Counter(
            "ops_agent_job_organization_failures_total",
            "Turns of one organization in a periodic job that raised.",
            ("job",),
            registry=registry,
        )
        self._last_success = Gauge(
            "ops_agent_job_last_success_timestamp_seconds",
            "Unix time of the last run without an error; 0 before the first.",
            ("job",),
            registry=registry,
        )

    def declare(self, job: str) -> None:
        """Exports the job's series with 0, so that a rule can tell zero failures from no such job."""
        for outcome in (SUCCEEDED, FAILED):
            self._runs.labels(job, outcome)
        self._organization_failures.labels(job)
        self._last_success.labels(job)

    def ran(self, job: str, *, succeeded: bool) -> None:
        """Counts one run."""
        self._runs.labels(job, SUCCEEDED if succeeded else FAILED).inc()
        if succeeded:
            self._last_success.labels(job).set(time.time())

    def organization_failed(self, job: str) -> None:
        """Counts one organization's turn that raised."""
        self._organization_failures.labels(job).inc()


def serve_metrics(address: str | None, registry: CollectorRegistry, resources: Resources) -> None:
    """Serves the registry over HTTP at `host:port` until the resources are closed; does nothing for None."""
    if address is None:
        return
    host, _, port = address.rpartition(":")
    server, thread = start_http_server(int(port), host, registry)
    resources.callback(thread.join)
    resources.callback(server.server_close)
    resources.callback(server.shutdown)
