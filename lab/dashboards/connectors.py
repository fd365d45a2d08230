"""How the lab's Prometheus and Alertmanager are registered: `POST /api/dashboards`."""

from collections.abc import Collection
from typing import Any

from lab.dashboards.page import DashboardPage
from lab.dashboards.servers import SERVER_PAGES
from lab.dashboards.services import SERVICE_PAGES
from lab.topology import Component

ENVIRONMENT = "lab"
PAGES = (*SERVICE_PAGES, *SERVER_PAGES)
SCRAPE_S = 5
"""The scrape interval, and the resolution of the pages."""
_SETTLING = ("PT75S", "PT45S", "PT60S")
"""Waits before each look after an action: most queries look back 1 or 2 minutes, a few 5."""
SCOPE = {
    "window": "PT4M",
    "environment": ENVIRONMENT,
    "actions": ["restart", "scale", "rollback"],
    "settling": _SETTLING,
}


def pages(components: Collection[Component]) -> tuple[DashboardPage, ...]:
    """The pages about these components."""
    return tuple(page for page in PAGES if set(page.components) <= set(components))


def connectors(
    prometheus_url: str, alertmanager_url: str, components: Collection[Component]
) -> tuple[dict[str, Any], ...]:
    """Both registrations. The service of a series or an alert is its job."""
    prometheus = {
        "name": "prometheus",
        "type": "prometheus",
        "baseUrl": prometheus_url,
        "config": SCOPE
        | {
            "settings": {"serviceLabel": "job", "stepSeconds": str(SCRAPE_S)},
            "pages": [page.to_json() for page in pages(components)],
        },
    }
    alerts = {"id": "alerts", "title": "Alerts", "queries": [{"panel": "alerts", "query": "{}"}]}
    alertmanager = {
        "name": "alertmanager",
        "type": "alertmanager",
        "baseUrl": alertmanager_url,
        "config": SCOPE | {"settings": {"serviceLabel": "job"}, "pages": [alerts]},
    }
    return prometheus, alertmanager
