"""Kibana's login: by a redirect, or by a form that its script draws a moment later."""

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
"""Long before the time of the panels is over, also on a machine that is busy."""
DRAWN_LATE = """<body>Loading Elastic<script>setTimeout(() => document.body.innerHTML =
  '<form><input data-test-subj=loginUsername><input type=password></form>', 300)</script>"""


@pytest.fixture
def kibana(site: Any) -> Any:
    """A server whose status is public and whose pages are not."""
    site.json("/api/status", {"status": {"overall": {"level": "available"}}})
    site.html("/login", DRAWN_LATE)
    return site


@pytest.fixture
def patient(pool: BrowserPool) -> DashboardObserver:
    """Waits for panels longer than a test may take."""
    return DashboardObserver(pool, dashboard_for, Budget(ready=100))


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


async def test_a_redirect_to_the_login_is_refused_with_what_to_do(
    kibana: Any, patient: DashboardObserver, visit_page: VisitPage
) -> None:
    """The login page's address says it, before its form is there."""

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
    """The address stays; the evidence says why there is none."""
    kibana.html("/app/discover", DRAWN_LATE)
    async with asyncio.timeout(AT_ONCE_S):
        result = await patient.visit(visit_page("kibana", kibana.url, WINDOW, queries=(ERRORS,)), ignore)
    assert result.sighting.state is PanelState.ERROR, result.sighting
    assert "the page asks for a login" in result.sighting.reason
