import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

import psutil
from playwright.async_api import Browser, FloatRect, Page

from adapters.browser.browser_pool import BrowserPool, Tab
from adapters.browser.budget import Budget
from adapters.browser.origins import WebOrigin
from adapters.dashboards.page.dashboard import DashboardVisit
from adapters.dashboards.products.web import WebDashboard
from adapters.pictures.crops import crop
from bench._capture_site import PANELS
from missions.evidence import Box, Evidence, PanelState
from missions.plan import Phase, Target, Window
from stores.s3 import S3Artifacts

BUDGET = Budget(visit=3600, navigations=100_000, open=30, goto=30, ready=30)
_AREA: FloatRect = {"x": 0.0, "y": 0.0, "width": 1280.0, "height": 720.0}


@dataclass
class CaptureTimes:
    """Times of one side of a comparison: milliseconds of each picture, CPU seconds and seconds of all."""

    each_ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    all_s: float = 0.0

    @property
    def figures(self) -> dict[str, float]:
        """The median, the CPU time of a picture, and pictures per second."""
        count = len(self.each_ms)
        return {
            "ms": round(median(self.each_ms), 1),
            "cpu_ms": round(self.cpu_s / count * 1000, 1),
            "per_s": round(count / self.all_s, 2),
        }


class Captures:
    """Takes pictures of a page, with Playwright alone and as a mission does."""

    def __init__(self, url: str, artifacts: S3Artifacts) -> None:
        self._url = url
        self._artifacts = artifacts
        now = datetime.now(UTC)
        self._window = Window(start=now - timedelta(minutes=2), end=now)
        self._target = Target(
            id="bench/capture",
            connector="bench",
            type="web",
            base_url=url,
            path="/",
            title="bench",
            panels=PANELS,
        )

    async def bare(self, page: Page) -> None:
        """Opens the page and takes a picture with Playwright alone."""
        await page.goto(self._url)
        await photograph(page)

    async def capture(self, tab: Tab) -> None:
        """Opens the page, waits for all panels, takes picture and numbers, and stores both."""
        dashboard = WebDashboard(DashboardVisit(tab, self._target, self._window, BUDGET))
        await dashboard.connect()
        try:
            await dashboard.navigate(self._url)
            panels = await dashboard.ready()
            picture = await dashboard.screenshot()
            series = dashboard.metrics()
        finally:
            await dashboard.close()
        assert all(panel.state is PanelState.READY for panel in panels)
        assert len(series) == 3 * len(PANELS)
        evidence = Evidence(target="bench", phase=Phase.BEFORE, window=self._window, series=series)
        numbers = evidence.model_dump_json(by_alias=True).encode()
        await asyncio.gather(
            self._artifacts.put("bench", picture, "image/jpeg", "screenshot", "bench"),
            self._artifacts.put("bench", numbers, "application/json", "numbers", "bench"),
        )


async def photograph(page: Page) -> bytes:
    """A picture by Playwright alone."""
    return await page.screenshot(type="jpeg", quality=80, full_page=True, clip=_AREA)


async def measure_at_once(
    times: CaptureTimes, jobs: Sequence[Callable[[], Awaitable[None]]], driver: int
) -> None:
    """Runs the jobs concurrently and adds their times; CPU includes the driver and the browser."""

    async def timed(job: Callable[[], Awaitable[None]]) -> None:
        began = time.perf_counter()
        await job()
        times.each_ms.append((time.perf_counter() - began) * 1000)

    began, cpu = time.perf_counter(), cpu_s(driver)
    await asyncio.gather(*(timed(job) for job in jobs))
    times.all_s += time.perf_counter() - began
    times.cpu_s += cpu_s(driver) - cpu


def cpu_s(driver: int) -> float:
    """Seconds of CPU of this process, and of the driver (0: none) with its browser."""
    seconds = time.process_time()
    if driver:
        root = psutil.Process(driver)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                used = process.cpu_times()
                seconds += used.user + used.system
    return seconds


@asynccontextmanager
async def tabs(pool: BrowserPool, origin: WebOrigin, count: int) -> AsyncIterator[list[Tab]]:
    """Contexts of the pool, as visits get them."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(pool.context({origin})) for _ in range(count)]


async def plain_page(browser: Browser) -> Page:
    """A page without egress proxy and interception."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    return await context.new_page()


async def crop_panels(picture: bytes) -> None:
    """Cuts the pictures of all panels out of the page's."""
    boxes = {
        panel: Box(x=640 * (place % 2), y=352 * (place // 2), width=640, height=352)
        for place, panel in enumerate(PANELS)
    }
    await asyncio.to_thread(crop, picture, boxes)


async def browser_pids(where: BrowserPool | Browser) -> tuple[int, int]:
    """Process ids of the driver and the browser."""
    if isinstance(where, BrowserPool):
        running = await where.current()
        assert running is not None
        where = running.browser
    session = await where.new_browser_cdp_session()
    info = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    pid = next(process["id"] for process in info["processInfo"] if process["type"] == "browser")
    return psutil.Process(pid).ppid(), pid
