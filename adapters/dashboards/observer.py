import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Error

from activities.ports import Look
from adapters.browser.budget import Budget
from adapters.browser.camera import Camera, NoFrames
from adapters.browser.chromium import BrowserPool, first_line
from adapters.browser.login_wall import login_wall
from adapters.browser.origins import WebOrigin, origin_of
from adapters.dashboards.dashboard import Dashboard, MakeDashboard
from adapters.dashboards.panels import overall
from adapters.dashboards.scene import Scene
from missions.errors import BrowserError, PlanError
from missions.evidence import Evidence, PanelSighting, PanelState, Sighting
from missions.plan import Visit

_URL = 2000

Factory = Callable[[str], MakeDashboard]
"""The adapter for a target's type; raises PlanError for a type there is none for."""


class DashboardObserver:
    """The Observer: one visit is one browser context that sees the connector's origin and nothing else."""

    def __init__(
        self, pool: BrowserPool, factory: Factory, budget: Budget | None = None, camera: Camera | None = None
    ) -> None:
        self._pool = pool
        self._camera = camera or Camera(NoFrames())
        self._factory = factory
        self._budget = budget or Budget()

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> Look:
        """Opens, waits, photographs, reads.

        Raises BrowserError, whose detail begins with its reason: unreachable, timeout, blocked or browser.
        """
        make = self._factory(visit.target.type)
        url, origins = address_of(visit)
        started = time.monotonic()
        async with (
            self._pool.context(origins) as tab,
            self._camera.filming(visit.org, visit.mission_id, tab.page) as say,
        ):
            progress = _both(progress, say)
            dashboard = make(Scene(tab, visit.target, visit.window, self._budget))
            try:
                await dashboard.connect()
                progress(f"opening {visit.target.title}")
                await dashboard.navigate(url)
                progress(f"waiting for {len(visit.target.panels) or 'all'} panels")
                panels = await dashboard.ready()
                progress(f"{sum(panel.state is PanelState.READY for panel in panels)} panels ready")
                picture, missing = await _picture(dashboard)
                seen = any(panel.state is PanelState.READY for panel in panels)
                wall = "" if seen else await login_wall(tab.page)
                evidence = _evidence(visit, dashboard)
                url = dashboard.url[:_URL]
            except TimeoutError as error:
                tab.egress.end()
                raise BrowserError("timeout: the page does not answer the browser") from error
            except Error as error:
                tab.egress.end()
                raise BrowserError(f"browser: {first_line(error)}") from error
            finally:
                await dashboard.close()
        duration_ms = round((time.monotonic() - started) * 1000)
        refused = tab.egress.refused
        blocked = f"{refused} requests to other origins were blocked" if refused else ""
        sighting = _sighting(visit, panels, duration_ms, url=url, notes=(wall, missing, blocked))
        return Look(sighting=sighting, picture=picture, evidence=evidence)


def address_of(visit: Visit) -> tuple[str, frozenset[WebOrigin]]:
    """The page's URL with the window filled in, and the one origin it may reach.

    Raises PlanError where the connector's base URL is no http(s) URL or the path would leave it.
    """
    target = visit.target
    origin = origin_of(target.base_url)
    if origin is None or urlsplit(target.base_url).scheme != origin.scheme:
        raise PlanError(f"{target.connector}'s base URL is no http or https URL.")
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


async def _picture(dashboard: Dashboard) -> tuple[bytes | None, str]:
    try:
        return await dashboard.screenshot(), ""
    except BrowserError as error:
        return None, f"no {error.detail}"


def _sighting(
    visit: Visit, panels: tuple[PanelSighting, ...], duration_ms: int, *, url: str, notes: tuple[str, ...]
) -> Sighting:
    state, reason = overall(panels)
    return Sighting(
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
    )


def _epoch_ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))
