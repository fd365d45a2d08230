"""What Prometheus scrapes, by names; jobs are named after the components."""

from typing import Any

from lab.context import LabContext
from lab.programs import EXPORTERS
from lab.topology import DOMAIN, PORTS, SERVICES, Component

INTERVAL = "5s"
_EXPORTED = {
    Component.NGINX: "nginx",
    Component.POSTGRES: "postgres-exporter",
    Component.VALKEY: "redis-exporter",
    Component.HAPROXY: "haproxy",
    Component.HOST: "node",
    Component.MAILER: "celery",
}
"""Components whose metrics come from one exporter, with its host."""
_PROBES = {
    "blackbox-http": ("http_2xx", (f"http://edge.{DOMAIN}:{PORTS['edge']}/",), Component.NGINX),
    "blackbox-tls": ("tls_connect", (f"payments.{DOMAIN}:{PORTS['payments']}",), Component.PAYMENTS),
    "dns": ("dns_edge", (f"dns.{DOMAIN}:{PORTS['dns']}",), Component.DNS),
}
"""What the blackbox exporter probes, by job: module, targets, and the component that it needs."""


def host_target(host: str, port: int | None = None) -> str:
    """A host's name and port, for example `node.lab.internal:9100`."""
    return f"{host}.{DOMAIN}:{PORTS[host] if port is None else port}"


def scrape_configs(context: LabContext, components: frozenset[Component]) -> list[dict[str, Any]]:
    """Prometheus' `scrape_configs` for the components that run."""
    missing = {host for host, program in EXPORTERS.items() if program.path is None}
    jobs = [
        _static(component.value, host)
        for component, host in _EXPORTED.items()
        if component in components and host not in missing
    ]
    if Component.RABBITMQ in components:
        jobs.append(_static(Component.RABBITMQ.value, "rabbitmq", PORTS["rabbitmq-metrics"]))
    if Component.HOST in components and "process" not in missing:
        jobs.append(_static("process", "process"))
    jobs += [
        {
            "job_name": service.value,
            "file_sd_configs": [{"files": [str(context.targets(service))], "refresh_interval": INTERVAL}],
        }
        for service in SERVICES
        if service in components and service not in _EXPORTED
    ]
    jobs += [
        _probe(job, module, targets)
        for job, (module, targets, component) in _PROBES.items()
        if component in components and "blackbox" not in missing
    ]
    return [*jobs, _static("prometheus", "prometheus"), _static("alertmanager", "alertmanager")]


def _static(job: str, host: str, port: int | None = None) -> dict[str, Any]:
    return {"job_name": job, "static_configs": [{"targets": [host_target(host, port)]}]}


def _probe(job: str, module: str, targets: tuple[str, ...]) -> dict[str, Any]:
    return {
        "job_name": job,
        "metrics_path": "/probe",
        "params": {"module": [module]},
        "static_configs": [{"targets": list(targets)}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": host_target("blackbox")},
        ],
    }
