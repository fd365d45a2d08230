"""Kibana's login is recognized by a redirect, or by a form that a script draws later."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.plan import PanelQuery, Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
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
