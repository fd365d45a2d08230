"""What a data source says when it refuses, and what is said of questions that were not read."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.page.responses import error_words
from adapters.dashboards.products.registry import dashboard_for
from missions.evidence import PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"status":"error","errorType":"bad_data","error":"1:6: parse error"}', "1:6: parse error"),
        ('{"message":"Data source not found","traceID":""}', "Data source not found"),
        (
            '{"results":{"A":{"error":"pq: relation \\"x\\" does not exist"}}}',
            'pq: relation "x" does not exist',
        ),
        (
            '{"error":{"type":"index_not_found_exception","reason":"no such index [logs]"}}',
            "no such index [logs]",
        ),
        ("parse error at line 1, col 5: syntax error\n", "parse error at line 1, col 5: syntax error"),
        ("<html><body>502 Bad Gateway</body></html>", ""),
        ('["error"]', ""),
        ('{"error": null, "message": ""}', ""),
        ("", ""),
    ],
)
def test_the_words_of_a_refusal(body: str, words: str) -> None:
    """In the forms of Prometheus, Grafana, SQL, Elasticsearch and Loki; a page of a proxy has none."""
    assert error_words(body) == words


async def test_a_refusal_is_quoted_in_the_panels_reason(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    site.json("/api/v1/query_range", '{"status":"error","error":"unknown function rat"}', status=422)
    site.panel("broken", "/api/v1/query_range?query=rat(x)")
    result = await observer.visit(visit_of(site, "broken"), ignore)
    (panel,) = result.sighting.panels
    assert panel.state is PanelState.ERROR
    assert "HTTP 422: unknown function rat" in panel.reason


async def test_questions_beyond_the_budget_are_counted(
    site: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    site.json("/api/v1/query_range", {"status": "success", "data": {"resultType": "matrix", "result": []}})
    for number in range(5):
        site.panel(f"p{number}", f"/api/v1/query_range?query=m{number}")
    observer = DashboardObserver(pool, dashboard_for, Budget(ready=4.0, body=2.0, answers=3))
    result = await observer.visit(visit_of(site), ignore)
    assert "2 of the page's queries were not read" in result.sighting.reason
