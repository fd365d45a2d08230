"""Opens a dashboard in a browser context of its own, with its credentials."""

import contextlib
import hashlib
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from playwright.async_api import Error

from adapters.browser.browser_pool import BrowserPool, Tab
from adapters.browser.budget import Budget
from adapters.browser.errors import first_line
from adapters.credentials.opener import Opener
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit, MakeDashboard
from adapters.dashboards.page.navigation import target_origin
from adapters.dashboards.page.sessions import SessionCache, SignIn
from missions.errors import BrowserError
from missions.plan import Target, Window

NO_KEYS = Opener(())
"""Opens no credentials."""

DashboardFor = Callable[[str], MakeDashboard]
"""The adapter of a target's type; raises PlanError for an unknown type."""


@dataclass(frozen=True)
class DashboardOpening:
    """The browsers, adapters, limits and keys that a dashboard is opened with."""

    pool: BrowserPool
    dashboard_for: DashboardFor
    budget: Budget
    opener: Opener = NO_KEYS
    _sessions: SessionCache = field(default_factory=SessionCache)

    @contextlib.asynccontextmanager
    async def opened(
        self, org: str, target: Target, window: Window, mission_id: str = "", most_s: float = math.inf
    ) -> AsyncIterator[tuple[Dashboard, Tab]]:
        """A connected dashboard in a context of its own; its limits extend the visit to `most_s` seconds.

        Turns Playwright's errors into BrowserError.
        """
        make = self.dashboard_for(target.type)
        origin = target_origin(target)
        sign_in = self._sign_in(org, target, mission_id)
        budget = self.budget.within(target.limits)
        async with self.pool.context(frozenset({origin})) as tab:
            tab.extend(max(min(budget.visit, most_s) - self.budget.visit, 0.0))
            dashboard = make(DashboardVisit(tab, target, window, budget, sign_in))
            try:
                await dashboard.connect()
                yield dashboard, tab
            except TimeoutError as error:
                tab.egress.raise_if_stopped()
                raise BrowserError("timeout: the page does not answer the browser") from error
            except Error as error:
                tab.egress.raise_if_stopped()
                raise BrowserError(f"browser: {first_line(error)}") from error
            finally:
                await dashboard.close()

    def _sign_in(self, org: str, target: Target, mission_id: str) -> SignIn:
        """Opens the target's credentials. Without any, a person's sign-in counts for this mission only.

        Raises ForbiddenError where they cannot be opened.
        """
        sealed = target.sealed
        if sealed is None:
            session = f"{org}/{target.connector}/mission/{mission_id}"
            return SignIn(session=session, sessions=self._sessions) if mission_id else SignIn()
        credentials = self.opener.open(org, target.base_url, sealed)
        digest = hashlib.sha256(sealed.box.encode()).hexdigest()
        return SignIn(credentials, f"{org}/{target.connector}/{digest}", self._sessions)
