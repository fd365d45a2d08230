"""Tests, searches and detects dashboards; no mission runs then."""

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from adapters.browser.browser_pool import BrowserPool, Tab
from adapters.browser.budget import Budget
from adapters.credentials.opener import Opener
from adapters.dashboards.page.dashboard import Dashboard
from adapters.dashboards.page.detection import Signature, product_at
from adapters.dashboards.page.navigation import address_of
from adapters.dashboards.page.opening import NO_KEYS, DashboardFor, DashboardOpening
from missions.errors import BrowserError, ForbiddenError, PlanError
from missions.health import (
    DashboardHealth,
    DashboardMatch,
    DashboardSearch,
    DetectedProduct,
    HealthProbe,
    HealthStatus,
)
from missions.plan import Phase, Target, Visit, Window

_DETAIL_LENGTH = 500
_MAX_DEFINITIONS = 100
_SLOW_MS = 8000
_PROBE_S = 40.0
"""The longest visit of a probe: somebody waits for its answer."""
_RECENT = timedelta(minutes=5)


class DashboardProber:
    """The port Prober."""

    def __init__(
        self,
        pool: BrowserPool,
        dashboard_for: DashboardFor,
        budget: Budget | None = None,
        *,
        opener: Opener = NO_KEYS,
        signatures: Sequence[Signature] = (),
    ) -> None:
        self._opening = DashboardOpening(pool, dashboard_for, budget or Budget(), opener)
        self._signatures = signatures

    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """Opens the dashboard and checks its access rights. A failure is in the result, not raised."""
        now = datetime.now(UTC)
        window = Window(start=now - _RECENT, end=now)
        try:
            async with self._opening.opened(probe.org, probe.target, window, most_s=_PROBE_S) as (
                dashboard,
                _,
            ):
                started = time.monotonic()  # the wait for a browser is not the dashboard's
                if probe.has_pages:
                    dashboard.check()
                await dashboard.navigate(address_of(_visit(probe, window)))
                latency_ms = round((time.monotonic() - started) * 1000)
                rights = await dashboard.rights()
                source = dashboard.source
                panels = dashboard.definitions()[:_MAX_DEFINITIONS]
        except (BrowserError, PlanError, ForbiddenError) as error:
            return DashboardHealth(status=HealthStatus.DOWN, detail=str(error)[:_DETAIL_LENGTH], at=now)
        problems = [f"{right.name}: {right.detail or 'not allowed'}" for right in rights if not right.held]
        if latency_ms > _SLOW_MS:
            problems.append(f"it took {latency_ms / 1000:.1f} s to open")
        return DashboardHealth(
            status=HealthStatus.DEGRADED if problems else HealthStatus.HEALTHY,
            detail="; ".join(problems)[:_DETAIL_LENGTH],
            source=source,
            latency_ms=latency_ms,
            rights=rights,
            panels=panels,
            at=now,
        )

    async def discover(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """The dashboard's pages that match the search. Raises BrowserError where it cannot be searched."""
        now = datetime.now(UTC)
        probe = search.probe
        async with self._opened(probe, probe.target, Window(start=now, end=now)) as (dashboard, _):
            return await dashboard.discover(search.words)

    async def detect(self, probe: HealthProbe) -> DetectedProduct:
        """The product at the target's base URL. A failure is in the result, not raised."""
        now = datetime.now(UTC)
        target = probe.target.model_copy(update={"type": "web", "settings": {}})
        budget = self._opening.budget.within(target.limits)
        try:
            async with self._opening.opened(
                probe.org, target, Window(start=now, end=now), most_s=_PROBE_S
            ) as (_, tab):
                return await product_at(
                    tab,
                    target.base_url,
                    self._signatures,
                    open_s=budget.goto,
                    answer_s=budget.read,
                    has_credentials=target.sealed is not None,
                )
        except (BrowserError, PlanError, ForbiddenError) as error:
            return DetectedProduct(reason=error.detail[:_DETAIL_LENGTH])

    def _opened(
        self, probe: HealthProbe, target: Target, window: Window
    ) -> AbstractAsyncContextManager[tuple[Dashboard, Tab]]:
        return self._opening.opened(probe.org, target, window, most_s=_PROBE_S)


def _visit(probe: HealthProbe, window: Window) -> Visit:
    return Visit(org=probe.org, mission_id="", target=probe.target, window=window, phase=Phase.BEFORE)
