"""Kibana by its contract: Discover, the answers to its searches, and its login."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.answers.elasticsearch import read_searches
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.errors import BrowserError
from missions.evidence import Basis, PanelState
from missions.plan import PanelQuery, Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
ASKED = PanelQuery(panel="p", query="q")
ERRORS = PanelQuery(panel="errors", query="log.level: error")
AT_ONCE_S = 25.0
"""Much shorter than the time limit of the panels, but long enough for a busy machine."""
DRAWN_LATE = """<body>Loading Elastic<script>setTimeout(() => document.body.innerHTML =
  '<form><input data-test-subj=loginUsername><input type=password></form>', 300)</script>"""


@pytest.fixture
def kibana(site: Any) -> Any:
    """A server with a public status and protected pages."""
    site.json("/api/status", {"status": {"overall": {"level": "available"}}})
    site.html("/login", DRAWN_LATE)
    return site


@pytest.fixture
def patient(pool: BrowserPool) -> DashboardObserver:
    """An observer that waits for panels longer than a test may take."""
    return DashboardObserver(pool, dashboard_for, Budget(ready=100))


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


async def test_a_redirect_to_the_login_is_refused_with_what_to_do(
    kibana: Any, patient: DashboardObserver, visit_page: VisitPage
) -> None:
    """A redirect to the login page is refused at once, with advice."""

    async def redirect(_: web.Request) -> web.Response:
        raise web.HTTPFound("/login?next=%2Fapp%2Fdiscover")

    kibana.routes["/app/discover"] = redirect
    visit = visit_page("kibana", kibana.url, WINDOW, queries=(ERRORS,))
    with pytest.raises(BrowserError, match="give its connector an API key as a header; no person signed in"):
        async with asyncio.timeout(AT_ONCE_S):
            await patient.visit(visit, ignore)


async def test_a_form_that_a_script_draws_ends_the_waiting(
    kibana: Any, patient: DashboardObserver, visit_page: VisitPage
) -> None:
    """A login form that is drawn later ends the wait, and the result gives the reason."""
    kibana.html("/app/discover", DRAWN_LATE)
    async with asyncio.timeout(AT_ONCE_S):
        result = await patient.visit(visit_page("kibana", kibana.url, WINDOW, queries=(ERRORS,)), ignore)
    assert result.sighting.state is PanelState.ERROR, result.sighting
    assert "the page asks for a login" in result.sighting.reason


HITS = {
    "hits": {"hits": [{"_id": "1", "_index": "logs", "fields": {"@timestamp": ["2026-03-01T12:00:00.5Z"],
             "message": ["boom"], "log.level": ["ERROR"], "service.name": ["web"]}}]},
    "aggregations": {"2": {"buckets": [{"key": 1772366400000, "doc_count": 3, "1": {"value": None}},
                                       {"key": 1772366430000, "doc_count": 1, "1": {"value": 0.5}}]}},
}  # fmt: skip


async def test_kibana_by_its_contract(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """Discover is opened with window and query, and the page's searches give lines and series."""
    site.json("/api/status", {"version": {"number": "9.1.0"}})
    site.json("/internal/search/ese", {"rawResponse": HITS, "isRunning": False})
    site.html(
        "/app/discover",
        """<body><script>fetch('/internal/search/ese', {method: 'POST', body: '{}'}).then(answer =>
          answer.text()).then(() => document.body.insertAdjacentHTML('beforeend',
          '<b data-test-subj=discoverQueryHits>1</b>'))</script>""",
    )
    asked = PanelQuery(panel="errors", query="log.level: 'ERROR'")
    result = await observer.visit(visit_page("kibana", site.url, WINDOW, queries=(asked,)), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting
    assert result.sighting.source is not None
    assert (result.sighting.source.version, result.sighting.source.basis) == ("9.1.0", Basis.CONTRACT)
    assert "kuery" in result.sighting.url
    assert result.evidence is not None
    (line,) = result.evidence.logs
    assert (line.message, line.level, line.service, line.at.microsecond) == ("boom", "error", "web", 500000)
    (series,) = result.evidence.series
    assert series.points == ((1772366400.0, None), (1772366430.0, 0.5))


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("/app/dashboards#/view/a%2Fb", "?_g=(time:"),
        ("/app/dashboards#/view/ab?_a=(viewMode:view)", "&_g=(time:"),
        ("/app/dashboards#/view/ab?_g=(time:(from:now-1h,to:now))", "from:now-1h"),
    ],
)
async def test_a_saved_dashboard_shows_the_window(
    site: Any, observer: DashboardObserver, visit_page: VisitPage, path: str, state: str
) -> None:
    """That of the visit, unless its address says another one."""
    site.json("/api/status", {"version": {"number": "9.1.0"}})
    drawn = "<div data-test-subj=embeddablePanel data-render-complete=true>1</div>"
    site.html("/app/dashboards", f"<body>{drawn}")
    result = await observer.visit(visit_page("kibana", site.url, WINDOW, path=path), ignore)
    assert state in result.sighting.url
    assert ("2026-03-01T12:00:00" in result.sighting.url) == ("now-1h" not in state)
    assert result.sighting.url.count("_g=") == 1


def test_kibana_8_answers_a_line_each() -> None:
    """Each line of `bsearch` is one result; another body is refused."""
    lines = b"\n".join(json.dumps({"id": 0, "result": {"rawResponse": HITS}}).encode() for _ in range(2))
    assert len(read_searches(lines, ASKED, "service.name", "@timestamp").logs) == 2
    with pytest.raises(ValueError, match="no search"):
        read_searches(b"{}", ASKED, "service.name", "@timestamp")
