"""Pictures of difficult pages: partly loaded, scrolled, or without their font."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

from aiohttp import web
from PIL import Image

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.evidence import PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]
RESULT = [{"metric": {}, "values": [[1, "2"]]}]
RANGE = {"status": "success", "data": {"resultType": "matrix", "result": RESULT}}
QUERY = "/api/v1/query_range?query=up"
GREEN, RED = (0, 200, 0), (200, 0, 0)


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def near(seen: object, colour: tuple[int, int, int]) -> bool:
    """Whether a pixel has this colour, within the tolerance of JPEG."""
    assert isinstance(seen, tuple)
    return all(abs(channel - expected) < 30 for channel, expected in zip(seen, colour, strict=True))


async def test_a_font_that_never_comes_costs_no_picture(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """If a font never loads, the picture is taken with a fallback font."""
    asked, over = asyncio.Event(), asyncio.Event()

    async def font(_: web.Request) -> web.Response:
        asked.set()
        await over.wait()
        return web.Response()

    site.routes["/font"] = font
    site.json("/api/v1/query_range", RANGE)
    site.extra = "<style>@font-face { font-family: f; src: url(/font) } body { font-family: f }</style>text"
    site.panel("p", QUERY)
    result = await observer.visit(visit_of(site, "p"), ignore)
    over.set()
    assert asked.is_set()
    assert result.picture is not None, result.sighting.reason


async def test_a_scrolled_page_is_pictured_from_its_top(
    site: Any, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """The picture of a page that was scrolled starts at its top."""
    over = asyncio.Event()

    async def never(_: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    site.json("/api/v1/query_range", RANGE)
    site.routes["/never"] = never
    site.panel("first", QUERY)
    site.panel("gap", QUERY, height=2000)
    site.panel("last", "/never")
    hurried = DashboardObserver(pool, dashboard_for, Budget(ready=3, body=1))
    result = await hurried.visit(visit_of(site, "first", "gap", "last"), ignore)
    over.set()
    states = [panel.state for panel in result.sighting.panels]
    assert states == [PanelState.READY, PanelState.READY, PanelState.PARTIAL]
    assert result.picture is not None, result.sighting.reason
    with Image.open(io.BytesIO(result.picture)) as picture:
        assert picture.height >= 140 + 2000 + 140
        assert near(picture.getpixel((640, 70)), GREEN)
        assert near(picture.getpixel((640, 140 + 2000 + 70)), RED)
