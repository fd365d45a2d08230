"""The lab's dashboards are registered as strangers would register them."""

from typing import Any

from api.requests.administration import DashboardRequest
from lab.dashboards.connectors import PAGES, connectors, pages
from lab.topology import Component


def registrations() -> tuple[dict[str, Any], ...]:
    return connectors("http://127.77.40.1:9090", "http://127.77.40.2:9093", frozenset(Component))


def test_the_api_takes_both_registrations() -> None:
    """Prometheus with every page, Alertmanager with its alerts."""
    prometheus, alertmanager = (DashboardRequest.model_validate(body) for body in registrations())
    assert (prometheus.type, alertmanager.type) == ("prometheus", "alertmanager")
    assert len(prometheus.config.pages) == len(PAGES)


def test_no_query_says_what_it_measures() -> None:
    """A query is an expression in a panel: no metric, unit or service."""
    for body in registrations():
        for page in body["config"]["pages"]:
            assert all(set(query) == {"panel", "query"} for query in page["queries"])


def test_a_page_needs_its_components() -> None:
    """A lab without PostgreSQL has no page about it, and always one about the targets."""
    ids = {page.id for page in pages({Component.CATALOG})}
    assert ids == {"catalog", "probes"}
