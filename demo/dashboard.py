from typing import Any

from demo.shop.topology import SHOP, ServiceDesign

RANGE = "from={from}&to={to}&refresh=0"


def connector(url: str) -> dict[str, Any]:
    """The shop's dashboard, as an administrator registers it: four pages, and the actions in scope."""
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
    config = {
        "pages": pages,
        "window": "PT2M",
        "environment": "demo",
        "actions": ["restart", "scale", "rollback"],
    }
    return {"name": "shop", "type": "web", "baseUrl": url, "config": config}


def _charts(design: ServiceDesign) -> tuple[str, ...]:
    charts = ("rate", "errors", "latency", "memory", "pool", "wait")
    return (*charts, "provider") if design.provider else charts
