import asyncio
import contextlib
import time
from collections.abc import Callable

from activities.ports import VisitResult
from adapters.browser.browser_control import BrowserControl, ControlChannel, NoControlChannel
from adapters.browser.browser_pool import BrowserPool, Tab
from adapters.browser.budget import Budget
from adapters.browser.live_view import LiveView, NoLiveFrames
from adapters.browser.login_wall import LoginWallError, login_wall
from adapters.browser.visit_recording import recording
from adapters.credentials.opener import Opener
from adapters.dashboards.page.dashboard import Dashboard
from adapters.dashboards.page.navigation import address_of
from adapters.dashboards.page.opening import NO_KEYS, DashboardFor, DashboardOpening
from adapters.dashboards.page.panel_states import BY_QUIET, page_state
from adapters.dashboards.page.signs import WHOLE_PAGE
from adapters.pictures.crops import crop
from adapters.pictures.video import encode_video
from missions.errors import BrowserError
from missions.evidence import Evidence, PageObservation, PanelObservation, PanelState
from missions.plan import Visit

_URL_LENGTH = 2000


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
    ) -> None:
        self._opening = DashboardOpening(pool, dashboard_for, budget or Budget(), opener)
        self._live_view = live_view or LiveView(NoLiveFrames())
        self._channel = control or NoControlChannel()

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        """Opens the page, waits for its panels, takes the picture and reads the numbers.

        Raises BrowserError, whose detail begins with its kind: those of `failures`, blocked,
        budget_exceeded, refused or browser.
        """
        started = time.monotonic()
        async with contextlib.AsyncExitStack() as stack:
            opened = self._opening.opened(visit.org, visit.target, visit.window, visit.mission_id)
            dashboard, tab = await stack.enter_async_context(opened)
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


def _both(first: Callable[[str], None], second: Callable[[str], None]) -> Callable[[str], None]:
    def report(doing: str) -> None:
        first(doing)
        second(doing)

    return report


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
