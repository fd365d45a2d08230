from typing import Any

from demo.monitoring.rules import SHOWN
from demo.shop.topology import SHOP, ServiceDesign

RANGE = "from={from}&to={to}&refresh=0"
SCOPE = {"window": "PT2M", "environment": "demo", "actions": ["restart", "scale", "rollback"]}
PROMETHEUS = "prometheus"
ROLES = {"pool_in_use_ratio": {"role": "saturation"}}
"""Roles of recorded metrics whose names do not say them."""


def connector(url: str) -> dict[str, Any]:
    """The registration of the shop's dashboard: four pages, and the actions in scope."""
    pages = [
        {
            "id": design.name,
            "title": f"{design.name}: traffic, errors, latency, memory, connections",
            "path": f"/?service={design.name}&{RANGE}",
            "panels": [f"{design.name}-{panel}" for panel in _charts(design)],
        }
        for design in SHOP
    ]
    pages.append(
        {
            "id": "overview",
            "title": "Topology, logs and deployments",
            "path": f"/?{RANGE}",
            "panels": ["topology", "logs", "deployments"],
        }
    )
    return {"name": "shop", "type": "web", "baseUrl": url, "config": SCOPE | {"pages": pages}}


def prometheus_connector(url: str | None) -> dict[str, Any]:
    """The registration of the shop's Prometheus; without pages, and so never visited, if it is absent."""
    queries = [{"panel": f"recorded-{metric}", "query": f"service:{metric}"} for metric in SHOWN]
    mappings = [
        {"panel": f"recorded-{metric}", "measures": {"metric": metric, "unit": unit} | ROLES.get(metric, {})}
        for metric, unit in SHOWN.items()
    ]
    page = {"id": "services", "title": "Prometheus: what it recorded of all services", "queries": queries}
    config = SCOPE | {"pages": [page] if url else [], "settings": {"stepSeconds": "1"}, "mappings": mappings}
    return {
        "name": PROMETHEUS,
        "type": "prometheus",
        "baseUrl": url or "http://127.0.0.1:1",
        "config": config,
    }


def _charts(design: ServiceDesign) -> tuple[str, ...]:
    charts = ("rate", "errors", "latency", "memory", "pool", "wait")
    return (*charts, "provider") if design.provider else charts
