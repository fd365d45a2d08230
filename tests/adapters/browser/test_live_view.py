"""The live view: it streams small frames while a mission has viewers, and never disturbs the visit."""

import asyncio
import contextlib
from itertools import pairwise
from typing import Any

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.live_view import LiveView
from adapters.browser.origins import origin_of
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.evidence import PanelState
from missions.frame import FRAME_BYTES, Frame

MOVING = """<body style="margin:0"><p id=p></p><script>
setInterval(() => { p.textContent = performance.now() }, 10)</script>"""
NOISE = """<body style="margin:0"><canvas id=c width=1280 height=720></canvas><script>
const pen = c.getContext('2d');
setInterval(() => { const image = pen.createImageData(1280, 720);
  for (let n = 0; n < image.data.length; n += 65536)
    crypto.getRandomValues(image.data.subarray(n, n + 65536));
  for (let n = 3; n < image.data.length; n += 4) image.data[n] = 255;
  pen.putImageData(image, 0, 0); }, 50)</script>"""


class MemoryFrames:
    """Records the published frames; `watching` says whether the mission has viewers."""

    def __init__(self, *, watching: bool) -> None:
        self.watching = watching
        self.asked = asyncio.Event()
        self.seen: list[tuple[float, Frame, bytes]] = []
        self.news = asyncio.Event()

    async def watched(self, org: str, mission_id: str) -> bool:
        assert (org, mission_id) == ("acme", "m1")
        self.asked.set()
        return self.watching

    async def show(self, org: str, frame: Frame, jpeg: bytes) -> None:
        assert org == "acme"
        self.seen.append((asyncio.get_running_loop().time(), frame, jpeg))
        self.news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.seen) < count:
                self.news.clear()
                await self.news.wait()


async def test_frames_are_published_while_the_mission_has_viewers(site: Any, pool: BrowserPool) -> None:
    """Small JPEGs, five a second at most, have the address without its query and the current step."""
    site.html("/moving", MOVING)
    origin = origin_of(site.url)
    assert origin is not None
    frames = MemoryFrames(watching=True)
    async with pool.context({origin}) as tab, LiveView(frames).streaming("acme", "m1", tab.page) as caption:
        caption("waiting for 4 panels")
        await tab.page.goto(f"{site.url}/moving?token=secret")
        await frames.until(8)
        for _, frame, jpeg in frames.seen:
            assert jpeg.startswith(b"\xff\xd8\xff")
            assert len(jpeg) <= FRAME_BYTES
            assert (frame.mission_id, frame.doing) == ("m1", "waiting for 4 panels")
        assert frames.seen[-1][1].url == f"{site.url}/moving"
        times = [time for time, _, _ in frames.seen]
        assert min(later - earlier for earlier, later in pairwise(times)) >= 0.19
        frames.watching = False
        async with asyncio.timeout(30):
            for _ in range(2):  # the second query comes after the screencast was stopped
                frames.asked.clear()
                await frames.asked.wait()
        count = len(frames.seen)
        assert await tab.page.evaluate("1 + 1") == 2
    assert len(frames.seen) == count


async def test_without_viewers_nothing_is_drawn(site: Any, pool: BrowserPool) -> None:
    """Without viewers no frame is published."""
    site.html("/moving", MOVING)
    origin = origin_of(site.url)
    assert origin is not None
    frames = MemoryFrames(watching=False)
    async with pool.context({origin}) as tab, LiveView(frames).streaming("acme", "m1", tab.page):
        await tab.page.goto(f"{site.url}/moving")
        await frames.asked.wait()
    assert frames.seen == []


async def test_a_visit_ends_although_the_query_for_viewers_drops_a_cancellation(
    site: Any, pool: BrowserPool
) -> None:
    """As redis-py's calls do before Python 3.12, when they are cancelled just as they end."""

    class DroppingFrames(MemoryFrames):
        async def watched(self, org: str, mission_id: str) -> bool:
            first = not self.asked.is_set()
            await super().watched(org, mission_id)
            if first:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
            return False

    site.html("/moving", MOVING)
    origin = origin_of(site.url)
    assert origin is not None
    frames = DroppingFrames(watching=False)
    async with (
        pool.context({origin}) as tab,
        asyncio.timeout(30),
        LiveView(frames).streaming("acme", "m1", tab.page),
    ):
        await frames.asked.wait()


async def test_what_is_too_large_is_drawn_smaller(site: Any, pool: BrowserPool) -> None:
    """Frames of noise, which compresses worst, are published and stay below the limit."""
    site.html("/noise", NOISE)
    origin = origin_of(site.url)
    assert origin is not None
    frames = MemoryFrames(watching=True)
    async with pool.context({origin}) as tab, LiveView(frames).streaming("acme", "m1", tab.page):
        await tab.page.goto(f"{site.url}/noise")
        await tab.page.wait_for_function("c.getContext('2d').getImageData(9, 9, 1, 1).data[3] === 255")
        frames.seen.clear()
        await frames.until(2)
    assert all(len(jpeg) <= FRAME_BYTES for _, _, jpeg in frames.seen)


async def test_a_watched_visit_is_a_visit_like_any_other(site: Any, pool: BrowserPool, visit_of: Any) -> None:
    """A visit with viewers has the same result, and its frames name its steps."""
    site.json("/api/topology", {"dependencies": [{"from": "a", "to": "b"}]})
    site.extra = """<section data-panel-id=p data-state=loading></section><script>
      setTimeout(() => fetch('/api/topology', {headers: {'X-Panel-Id': 'p'}})
        .then(() => document.querySelector('section').dataset.state = 'ready'), 1500)</script>"""
    frames = MemoryFrames(watching=True)
    observer = DashboardObserver(pool, dashboard_for, live_view=LiveView(frames))
    progress: list[str] = []
    result = await observer.visit(visit_of(site, "p"), progress.append)
    assert result.sighting.state is PanelState.READY
    assert result.picture is not None
    assert frames.seen
    assert {frame.doing for _, frame, _ in frames.seen} <= {"", *progress}


async def test_a_page_that_does_not_change_is_shown_again(site: Any, pool: BrowserPool) -> None:
    """An unchanged page is published again about every two seconds, with the current caption."""
    site.html("/still", "<p>still</p>")
    origin = origin_of(site.url)
    assert origin is not None
    frames = MemoryFrames(watching=True)
    async with (
        pool.context({origin}) as tab,
        LiveView(frames).streaming("acme", "m1", tab.page, "shop/x") as caption,
    ):
        await tab.page.goto(f"{site.url}/still")
        caption("a person controls the page")
        await frames.until(len(frames.seen) + 2)
        assert [frame.target for _, frame, _ in frames.seen[-2:]] == ["shop/x", "shop/x"]
        assert frames.seen[-1][1].doing == "a person controls the page"
