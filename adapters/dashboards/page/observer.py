import asyncio
import contextlib
import hashlib
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

from playwright.async_api import Error

from activities.ports import VisitResult
from adapters.browser.browser_control import BrowserControl, ControlChannel, NoControlChannel
from adapters.browser.browser_pool import BrowserPool, Tab
from adapters.browser.budget import Budget
from adapters.browser.errors import first_line
from adapters.browser.live_view import LiveView, NoLiveFrames
from adapters.browser.login_wall import LoginWallError, login_wall
from adapters.browser.visit_recording import recording
from adapters.credentials.opener import Opener
from adapters.dashboards.page.dashboard import Dashboard, DashboardVisit, MakeDashboard
from adapters.dashboards.page.detection import Signature, product_at
from adapters.dashboards.page.navigation import address_of, target_origin
from adapters.dashboards.page.panel_states import BY_QUIET, page_state
from adapters.dashboards.page.sessions import SessionCache, SignIn
from adapters.dashboards.page.signs import WHOLE_PAGE
from adapters.pictures.crops import crop
from adapters.pictures.video import encode_video
from missions.errors import BrowserError, ForbiddenError, PlanError
from missions.evidence import Evidence, PageObservation, PanelObservation, PanelState
from missions.health import (
    DashboardHealth,
    DashboardMatch,
    DashboardSearch,
    DetectedProduct,
    HealthProbe,
    HealthStatus,
)
from missions.plan import Phase, Target, Visit, Window

NO_KEYS = Opener(())
"""Opens no credentials."""
_URL_LENGTH = 2000
_DETAIL_LENGTH = 500
_MAX_DEFINITIONS = 100
_SLOW_MS = 8000
_PROBE_S = 40.0
"""The longest visit of a probe: somebody waits for its answer."""
_RECENT = timedelta(minutes=5)

DashboardFor = Callable[[str], MakeDashboard]
"""The adapter of a target's type; raises PlanError for an unknown type."""


class DashboardObserver:
    """The port Observer. Each visit has a browser context that reaches the connector's origin only."""

    def __init__(
        self,
        pool: BrowserPool,
        dashboard_for: DashboardFor,
        budget: Budget | None = None,
        *,
        live_view: LiveView | None = None,
        control: ControlChannel | None = None,
        opener: Opener = NO_KEYS,
        signatures: Sequence[Signature] = (),
    ) -> None:
        self._signatures = signatures
        self._opener = opener
        self._sessions = SessionCache()
        self._pool = pool
        self._live_view = live_view or LiveView(NoLiveFrames())
        self._channel = control or NoControlChannel()
        self._dashboard_for = dashboard_for
        self._budget = budget or Budget()

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        """Opens the page, waits for its panels, takes the picture and reads the numbers.

        Raises BrowserError, whose detail begins with its kind: those of `failures`, blocked,
        budget_exceeded, refused or browser.
        """
        started = time.monotonic()
        async with contextlib.AsyncExitStack() as stack:
            opening = self._open(visit.org, visit.target, visit.window, visit.mission_id)
            dashboard, tab = await stack.enter_async_context(opening)
            dashboard.check()
            control = BrowserControl(self._channel, tab, visit.org, visit.mission_id, visit.target.id)
            streaming = self._live_view.streaming(visit.org, visit.mission_id, tab.page, visit.target.id)
            progress = _both(progress, await stack.enter_async_context(streaming))
            recorder = recording(tab.page, wanted=visit.target.video, hidden=lambda: control.active)
            video = await stack.enter_async_context(recorder)
            progress(f"opening {visit.target.title}")
            signed_in = await _navigate(dashboard, control, address_of(visit), progress)
            await control.run_while_held(progress)
            progress(f"waiting for {len(visit.target.panels) or 'all'} panels")
            panels = await dashboard.ready()
            if await control.run_while_held(progress):  # a person took over while the panels loaded
                panels = await dashboard.ready()
            wall = await _login_wall(tab, panels)
            if wall and await control.wait_for_login(wall, progress):
                panels = await dashboard.ready()
                wall, signed_in = await _login_wall(tab, panels), True
            if wall:  # a form is quiet, too
                panels = tuple(_behind(wall, panel) for panel in panels)
            if signed_in and not wall:
                await dashboard.save_session()
            progress(f"{sum(panel.state is PanelState.READY for panel in panels)} panels ready")
            picture, no_picture = await _picture(dashboard)
            evidence = await asyncio.to_thread(_evidence, visit, dashboard)
            url, skipped = dashboard.url[:_URL_LENGTH], dashboard.skipped_queries
        refused = tab.egress.refused
        notes = (
            wall,
            "a person signed in" if signed_in and not wall else "",
            no_picture,
            f"{skipped} of the page's queries were not read: the limit is {dashboard.query_limit}"
            if skipped
            else "",
            f"{refused} requests to other origins were blocked" if refused else "",
        )
        state, reason = page_state(panels)
        observation = PageObservation(
            target=visit.target.id,
            title=visit.target.title,
            url=url,
            phase=visit.phase,
            state=state,
            panels=panels,
            screenshot=None,
            numbers=None,
            duration_ms=round((time.monotonic() - started) * 1000),
            reason="; ".join(text for text in (reason, *notes) if text),
            source=evidence.source,
        )
        return VisitResult(
            sighting=observation,
            picture=picture,
            evidence=evidence,
            panels=await _panel_pictures(picture, panels),
            video=await asyncio.to_thread(encode_video, video.frames),
        )

    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """Opens the dashboard and checks its access rights. A failure is in the result, not raised."""
        now = datetime.now(UTC)
        window = Window(start=now - _RECENT, end=now)
        try:
            async with self._open(probe.org, probe.target, window, most_s=_PROBE_S) as (dashboard, _):
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
        window = Window(start=now, end=now)
        async with self._open(probe.org, probe.target, window, most_s=_PROBE_S) as (dashboard, _):
            return await dashboard.discover(search.words)

    async def detect(self, probe: HealthProbe) -> DetectedProduct:
        """The product at the target's base URL. A failure is in the result, not raised."""
        now = datetime.now(UTC)
        target = probe.target.model_copy(update={"type": "web", "settings": {}})
        budget = self._budget.within(target.limits)
        try:
            async with self._open(probe.org, target, Window(start=now, end=now), most_s=_PROBE_S) as (_, tab):
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

    @contextlib.asynccontextmanager
    async def _open(
        self, org: str, target: Target, window: Window, mission_id: str = "", most_s: float = math.inf
    ) -> AsyncIterator[tuple[Dashboard, Tab]]:
        """A connected dashboard in a context of its own; its limits extend the visit to `most_s` seconds.

        Turns Playwright's errors into BrowserError.
        """
        make = self._dashboard_for(target.type)
        origin = target_origin(target)
        sign_in = self._sign_in(org, target, mission_id)
        budget = self._budget.within(target.limits)
        async with self._pool.context(frozenset({origin})) as tab:
            tab.extend(max(min(budget.visit, most_s) - self._budget.visit, 0.0))
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
        credentials = self._opener.open(org, target.base_url, sealed)
        digest = hashlib.sha256(sealed.box.encode()).hexdigest()
        return SignIn(credentials, f"{org}/{target.connector}/{digest}", self._sessions)


def _both(first: Callable[[str], None], second: Callable[[str], None]) -> Callable[[str], None]:
    def report(doing: str) -> None:
        first(doing)
        second(doing)

    return report


def _visit(probe: HealthProbe, window: Window) -> Visit:
    return Visit(org=probe.org, mission_id="", target=probe.target, window=window, phase=Phase.BEFORE)


async def _navigate(
    dashboard: Dashboard, control: BrowserControl, url: str, progress: Callable[[str], None]
) -> bool:
    """Opens the page. Returns whether a person signed in for it."""
    signed_in = False
    while True:  # until the remote-control time limit is reached
        try:
            await dashboard.navigate(url)
        except LoginWallError as wall:
            if not await control.wait_for_login("the page asks for a login", progress):
                raise BrowserError(f"{wall.detail}; no person signed in") from wall
            signed_in = True
        else:
            return signed_in


async def _login_wall(tab: Tab, panels: tuple[PanelObservation, ...]) -> str:
    """The reason where a login form hides the panels, else ""; a form beside ready panels does not count."""
    ready = any(panel.state is PanelState.READY and panel.reason != BY_QUIET for panel in panels)
    return "" if ready else await login_wall(tab.page)


def _behind(wall: str, panel: PanelObservation) -> PanelObservation:
    """The panel as an error if nothing but a quiet page speaks for it."""
    if panel.reason != BY_QUIET and panel.id != WHOLE_PAGE:
        return panel
    return panel.model_copy(update={"state": PanelState.ERROR, "reason": wall})


async def _picture(dashboard: Dashboard) -> tuple[bytes | None, str]:
    """The picture, or None and a note."""
    try:
        return await dashboard.screenshot(), ""
    except BrowserError as error:
        return None, f"no {error.detail}"


async def _panel_pictures(picture: bytes | None, panels: tuple[PanelObservation, ...]) -> dict[str, bytes]:
    """Each panel's part of the page's picture."""
    boxes = {panel.id: panel.box for panel in panels if panel.box is not None}
    return await asyncio.to_thread(crop, picture, boxes) if picture is not None and boxes else {}


def _evidence(visit: Visit, dashboard: Dashboard) -> Evidence:
    return Evidence(
        target=visit.target.id,
        phase=visit.phase,
        window=visit.window,
        series=dashboard.metrics(),
        logs=dashboard.logs(),
        changes=dashboard.changes(),
        dependencies=dashboard.dependencies(),
        spans=dashboard.spans(),
        source=dashboard.source,
        cluster=visit.target.cluster,
        aliases=visit.target.aliases,
    )
