"""The lab's dashboards have only queries, as people publish them: almost all of them have a meaning."""

import pytest

from lab.dashboards.connectors import PAGES
from missions.measurement import MeasuredRole
from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription

QUERIES = [(panel, query) for page in PAGES for panel, query in page.queries.items()]
UNKNOWN = {"blocked", "idle-in-transaction"}
"""Queries of our own for postgres_exporter, which no catalog can know."""
ROLES = {
    "requests": MeasuredRole.TRAFFIC,
    "requests-by-instance": MeasuredRole.TRAFFIC,
    "client-requests": MeasuredRole.TRAFFIC,
    "error-ratio": MeasuredRole.ERROR_RATIO,
    "errors-by-path": MeasuredRole.ERRORS,
    "exceptions": MeasuredRole.ERRORS,
    "connection-errors": MeasuredRole.ERRORS,
    "p95": MeasuredRole.LATENCY,
    "mean-by-path": MeasuredRole.LATENCY,
    "queue": MeasuredRole.QUEUE,
    "ready": MeasuredRole.QUEUE,
    "connections-used": MeasuredRole.SATURATION,
    "memory-ratio": MeasuredRole.SATURATION,
    "up": MeasuredRole.UP,
}


@pytest.mark.parametrize(("panel", "query"), QUERIES)
def test_a_panel_of_the_lab(panel: str, query: str) -> None:
    role = meaning_of(SeriesDescription(expression=query)).role
    assert (role is MeasuredRole.UNKNOWN) == (panel in UNKNOWN)
    assert role is ROLES.get(panel, role)
