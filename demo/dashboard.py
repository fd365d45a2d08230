from typing import Any

from demo.shop.topology import SERVICES

RANGE = "from={from}&to={to}&refresh=0"


def connector(url: str) -> dict[str, Any]:
    """The shop's dashboard, as an administrator registers it: four pages, and the actions in scope."""
    pages = [
        {
            "id": service,
            "title": f"{service}: traffic, errors, latency, memory",
            "path": f"/?service={service}&{RANGE}",
            "panels": [f"{service}-{panel}" for panel in ("rate", "errors", "latency", "memory")],
        }
        for service in SERVICES
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
