import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Error

from activities.ports import VisitResult
from adapters.browser.browser_control import BrowserControl, ControlChannel, NoControlChannel
from adapters.browser.budget import Budget
from adapters.browser.camera import Camera, NoFrames
from adapters.browser.chromium import BrowserPool, Tab, first_line
from adapters.browser.login_wall import LoginWallError, login_wall
from adapters.browser.origins import WebOrigin, origin_of
from adapters.browser.recorder import VisitRecording, recording
from adapters.credentials.opener import Opener
from adapters.dashboards.access import Access, Sessions
from adapters.dashboards.dashboard import Dashboard, MakeDashboard
from adapters.dashboards.panels import overall
from adapters.dashboards.scene import Scene
from adapters.pictures.film import film
from adapters.pictures.jpegs import cut
from missions.errors import BrowserError, ForbiddenError, PlanError
from missions.evidence import Evidence, PageObservation, PanelObservation, PanelState
from missions.health import DashboardHealth, DashboardMatch, DashboardSearch, HealthProbe, HealthStatus
from missions.plan import Phase, Target, Visit, Window

NO_KEYS = Opener(())
"""Opens nothing."""
_URL = 2000
_TOLD = 500
_SLOW_MS = 8000
_RECENT = timedelta(minutes=5)

Factory = Callable[[str], MakeDashboard]
"""The adapter for a target's type; raises PlanError for a type there is none for."""


class DashboardObserver:
    """The Observer: one visit is one browser context that sees the connector's origin and nothing else."""

    def __init__(
        self,
        pool: BrowserPool,
        factory: Factory,
        budget: Budget | None = None,
        *,
        camera: Camera | None = None,
        steering: ControlChannel | None = None,
        opener: Opener = NO_KEYS,
    ) -> None:
        self._opener = opener
        self._sessions = Sessions()
        self._pool = pool
        self._camera = camera or Camera(NoFrames())
        self._steering = steering or NoControlChannel()
        self._factory = factory
        self._budget = budget or Budget()

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        """Opens, waits, photographs, reads.

        Raises BrowserError, whose detail begins with its reason: unreachable, timeout, blocked or browser.
        """
        started = time.monotonic()
        async with contextlib.AsyncExitStack() as until:
            opened = self._opened(visit.org, visit.target, visit.window, visit.mission_id)
            dashboard, tab = await until.enter_async_context(opened)
            wheel = BrowserControl(self._steering, tab, visit.org, visit.mission_id, visit.target.id)
            filming = self._camera.filming(visit.org, visit.mission_id, tab.page, visit.target.id)
            progress = _both(progress, await until.enter_async_context(filming))
            video = recording(tab.page, wanted=visit.target.video, hidden=lambda: wheel.in_hands)
            recorded = await until.enter_async_context(video)
            progress(f"opening {visit.target.title}")
            signed = await _navigate(dashboard, wheel, address_of(visit)[0], progress)
            await wheel.hand_over(progress)
            progress(f"waiting for {len(visit.target.panels) or 'all'} panels")
            panels = await dashboard.ready()
            if await wheel.hand_over(progress):  # taken while the panels were awaited
                panels = await dashboard.ready()
            wall = await _wall(tab, panels)
            if wall and await wheel.called(wall, progress):
                panels = await dashboard.ready()
                wall, signed = await _wall(tab, panels), True
            if signed and not wall:
                await dashboard.remember()
            progress(f"{sum(panel.state is PanelState.READY for panel in panels)} panels ready")
            picture, missing = await _picture(dashboard)
            evidence = _evidence(visit, dashboard)
            url = dashboard.url[:_URL]
        duration_ms = round((time.monotonic() - started) * 1000)
        refused = tab.egress.refused
        blocked = f"{refused} requests to other origins were blocked" if refused else ""
        who = "a person signed in" if signed and not wall else ""
        sighting = _sighting(visit, panels, duration_ms, url=url, notes=(wall, who, missing, blocked))
        sighting = sighting.model_copy(update={"source": evidence.source})
        return VisitResult(
            sighting=sighting,
            picture=picture,
            evidence=evidence,
            panels=await _panels(picture, panels),
            video=await _video(recorded),
        )

    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """Opens the dashboard and asks what it allows. Whatever is wrong with it is in the answer."""
        now = datetime.now(UTC)
        window = Window(start=now - _RECENT, end=now)
        started = time.monotonic()
        try:
            async with self._opened(probe.org, probe.target, window) as (dashboard, _):
                await dashboard.navigate(address_of(_visit(probe, window))[0])
                latency_ms = round((time.monotonic() - started) * 1000)
                rights = await dashboard.rights()
                source = dashboard.source
        except (BrowserError, PlanError, ForbiddenError) as error:
            return DashboardHealth(status=HealthStatus.DOWN, detail=str(error)[:_TOLD], at=now)
        lacking = [right for right in rights if not right.held]
        told = "; ".join(f"{right.name}: {right.detail or 'not allowed'}" for right in lacking)
        slow = f"it took {latency_ms / 1000:.1f} s to open" if latency_ms > _SLOW_MS else ""
        return DashboardHealth(
            status=HealthStatus.DEGRADED if lacking or slow else HealthStatus.HEALTHY,
            detail="; ".join(text for text in (told, slow) if text)[:_TOLD],
            source=source,
            latency_ms=latency_ms,
            rights=rights,
            at=now,
        )

    async def discover(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """What the dashboard has to look at. Raises BrowserError where it cannot be asked."""
        now = datetime.now(UTC)
        probe = search.probe
        async with self._opened(probe.org, probe.target, Window(start=now, end=now)) as (dashboard, _):
            return await dashboard.discover(search.words)

    @contextlib.asynccontextmanager
    async def _opened(
        self, org: str, target: Target, window: Window, mission_id: str = ""
    ) -> AsyncIterator[tuple[Dashboard, Tab]]:
        """A dashboard that is connected in a context of its own; whatever the browser says is typed."""
        make = self._factory(target.type)
        origin = _origin(target)
        access = self._access(org, target, mission_id)
        async with self._pool.context(frozenset({origin})) as tab:
            dashboard = make(Scene(tab, target, window, self._budget, access))
            try:
                await dashboard.connect()
                yield dashboard, tab
            except TimeoutError as error:
                tab.egress.end()
                raise BrowserError("timeout: the page does not answer the browser") from error
            except Error as error:
                tab.egress.end()
                raise BrowserError(f"browser: {first_line(error)}") from error
            finally:
                await dashboard.close()

    def _access(self, org: str, target: Target, mission_id: str) -> Access:
        """Opens the target's credentials; without any, whoever signs in by hand does so for this mission.

        Raises ForbiddenError where they cannot be opened.
        """
        sealed = target.sealed
        if sealed is None:
            known = f"{org}/{target.connector}/mission/{mission_id}"
            return Access(session=known, sessions=self._sessions) if mission_id else Access()
        credentials = self._opener.open(org, target.base_url, sealed)
        digest = hashlib.sha256(sealed.box.encode()).hexdigest()
        return Access(credentials, f"{org}/{target.connector}/{digest}", self._sessions)


def address_of(visit: Visit) -> tuple[str, frozenset[WebOrigin]]:
    """The page's URL with the window filled in, and the one origin it may reach.

    Raises PlanError where the connector's base URL is no http(s) URL or the path would leave it.
    """
    target = visit.target
    origin = _origin(target)
    path = target.path.replace("{from}", _epoch_ms(visit.window.start))
    path = path.replace("{to}", _epoch_ms(visit.window.end))
    base = target.base_url.rstrip("/") + "/"
    # "./" keeps a path a path: "//elsewhere/" and "@elsewhere/" would name a host otherwise.
    url = urljoin(base, "./" + path.lstrip("/"))
    if origin_of(url) != origin:
        raise PlanError(f"{target.id}'s path leaves {origin}.")
    return url, frozenset({origin})


def _both(first: Callable[[str], None], second: Callable[[str], None]) -> Callable[[str], None]:
    def tell(doing: str) -> None:
        first(doing)
        second(doing)

    return tell


def _origin(target: Target) -> WebOrigin:
    origin = origin_of(target.base_url)
    if origin is None or urlsplit(target.base_url).scheme != origin.scheme:
        raise PlanError(f"{target.connector}'s base URL is no http or https URL.")
    return origin


def _visit(probe: HealthProbe, window: Window) -> Visit:
    return Visit(org=probe.org, mission_id="", target=probe.target, window=window, phase=Phase.BEFORE)


async def _navigate(
    dashboard: Dashboard, wheel: BrowserControl, url: str, progress: Callable[[str], None]
) -> bool:
    """Opens the page; whether a person had to sign in for that."""
    called = False
    while True:  # as long as the wheel has time for hands
        try:
            await dashboard.navigate(url)
        except LoginWallError as wall:
            if not await wheel.called("the page asks for a login", progress):
                raise BrowserError(f"{wall.detail}; nobody signed in") from wall
            called = True
        else:
            return called


async def _wall(tab: Tab, panels: tuple[PanelObservation, ...]) -> str:
    """Beside ready panels a form means nothing."""
    seen = any(panel.state is PanelState.READY for panel in panels)
    return "" if seen else await login_wall(tab.page)


async def _picture(dashboard: Dashboard) -> tuple[bytes | None, str]:
    try:
        return await dashboard.screenshot(), ""
    except BrowserError as error:
        return None, f"no {error.detail}"


async def _panels(picture: bytes | None, panels: tuple[PanelObservation, ...]) -> dict[str, bytes]:
    """Each panel's own picture, where it is on the page's."""
    boxes = {panel.id: panel.box for panel in panels if panel.box is not None}
    return await asyncio.to_thread(cut, picture, boxes) if picture is not None and boxes else {}


async def _video(recorded: VisitRecording) -> bytes | None:
    return await asyncio.to_thread(film, recorded.frames)


def _sighting(
    visit: Visit, panels: tuple[PanelObservation, ...], duration_ms: int, *, url: str, notes: tuple[str, ...]
) -> PageObservation:
    state, reason = overall(panels)
    return PageObservation(
        target=visit.target.id,
        title=visit.target.title,
        url=url,
        phase=visit.phase,
        state=state,
        panels=panels,
        screenshot=None,
        numbers=None,
        duration_ms=duration_ms,
        reason="; ".join(text for text in (reason, *notes) if text),
    )


def _evidence(visit: Visit, dashboard: Dashboard) -> Evidence:
    return Evidence(
        target=visit.target.id,
        phase=visit.phase,
        window=visit.window,
        series=dashboard.extract_metrics(),
        logs=dashboard.extract_logs(),
        changes=dashboard.changes(),
        dependencies=dashboard.dependencies(),
        spans=dashboard.spans(),
        source=dashboard.source,
    )


def _epoch_ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))
