"""Jaeger's search page by its contract, in the forms of Jaeger 1 and 2."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.dashboards.answers.jaeger import read_traces
from adapters.dashboards.page.observer import DashboardObserver
from missions.evidence import Origin, PanelState
from missions.plan import PanelQuery, Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
ASKED = PanelQuery(panel="p", query="q")


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


TRACE = {
    "data": [
        {
            "processes": {"p1": {"serviceName": "web"}, "p2": {"serviceName": "payments"}},
            "spans": [
                {"traceID": "t", "spanID": "a", "operationName": "GET /", "startTime": 1772366400000001,
                 "duration": 1500250, "processID": "p1", "tags": []},
                {"traceID": "t", "spanID": "b", "operationName": "pay", "startTime": 1772366400000500,
                 "duration": 1, "processID": "p2", "tags": [{"key": "error", "value": "true"}],
                 "references": [{"refType": "CHILD_OF", "spanID": "a"}]},
            ],
        }
    ]
}  # fmt: skip


async def test_jaeger_by_its_contract(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """Spans have parents, exact times and errors in both forms, and the calls follow from them."""
    site.json("/api/traces", TRACE)
    site.html(
        "/search",
        """<script>fetch('/api/traces?limit=20&service=web').then(answer => answer.text()).then(() =>
          document.body.innerHTML = '<a class="ResultItemTitle--item">t</a>')</script>""",
    )
    asked = PanelQuery(panel="traces", query="web")
    result = await observer.visit(visit_page("jaeger", site.url, WINDOW, queries=(asked,)), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting
    assert result.evidence is not None
    first, second = result.evidence.spans
    assert (first.service, first.duration_ms, first.error) == ("web", 1500.25, False)
    assert (first.start - BEGIN, second.parent_id) == (timedelta(microseconds=1), "a")
    assert second.error is True
    assert [(edge.caller, edge.callee) for edge in result.evidence.dependencies] == [("web", "payments")]
    assert "start=1772366400000000" in next(path for path in site.asked if path.startswith("/search"))


async def test_the_table_of_jaeger_2(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """It asks for summaries, which have no spans: these come by API."""
    site.json("/api/traces", TRACE)
    site.json("/api/v3/trace-summaries", {"summaries": []})
    site.html(
        "/search",
        """<div class="SearchResults"></div><script>
          fetch('/api/v3/trace-summaries').then(answer => answer.text()).then(() => {
            const row = '<tr class="ant-table-row"><td>GET /';
            document.querySelector('div').innerHTML = `<table>${row}</table>`; });
        </script>""",
    )
    asked = PanelQuery(panel="traces", query="web")
    result = await observer.visit(visit_page("jaeger", site.url, WINDOW, queries=(asked,)), ignore)
    (panel,) = result.sighting.panels
    assert (panel.state, panel.origin) == (PanelState.READY, Origin.API), panel
    assert result.evidence is not None
    assert len(result.evidence.spans) == 2


async def test_jaeger_without_traces_is_empty(
    site: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    site.json("/api/traces", {"data": []})
    site.html(
        "/search",
        """<div class="SearchTracePage--resultsColumn"></div><script>
          fetch('/api/traces?limit=20&service=web').then(answer => answer.text()).then(() => {
            document.querySelector('div').innerHTML = '<p>No trace results. Try another query.'; });
        </script>""",
    )
    asked = PanelQuery(panel="traces", query="web")
    result = await observer.visit(visit_page("jaeger", site.url, WINDOW, queries=(asked,)), ignore)
    (panel,) = result.sighting.panels
    assert (panel.state, panel.samples) == (PanelState.EMPTY, 0), panel


def test_jaeger_says_what_is_wrong() -> None:
    """An error in Jaeger's body is raised."""
    with pytest.raises(ValueError, match="not found"):
        read_traces(json.dumps({"data": None, "errors": [{"msg": "not found"}]}).encode(), ASKED, Origin.API)
