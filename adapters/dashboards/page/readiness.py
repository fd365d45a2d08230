"""Waits until a page's panels are drawn, and reads what the page shows of each."""

import asyncio
import math
from typing import Any

from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from pydantic import BaseModel, FiniteFloat, ValidationError

from activities.task_ending import end_tasks
from adapters.browser.browser_pool import Tab
from adapters.dashboards.page.scripts import NEEDED_HEIGHT, SCROLL_TO_TOP
from missions.errors import BrowserError

_GRACE_S = 1.0


class PanelBox(BaseModel):
    """A panel's place on the whole page, in CSS pixels from its top left."""

    x: FiniteFloat
    y: FiniteFloat
    width: FiniteFloat
    height: FiniteFloat


class PanelElement(BaseModel):
    """A panel as the page shows it; `text` is the page's own error text."""

    id: str
    title: str
    state: str
    text: str
    box: PanelBox


class _PanelElements(BaseModel):
    panels: tuple[PanelElement, ...]


async def await_panels(tab: Tab, script: str, plan: dict[str, Any], seconds: float) -> None:
    """Returns when every panel is done, the time is over, or the visit was stopped.

    Raises Playwright's errors.
    """
    waiting = asyncio.create_task(_run_until_done(tab.page, script, plan, seconds))
    stopping = asyncio.create_task(tab.egress.stopped.wait())
    try:
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_tasks((waiting, stopping))
    if not waiting.cancelled() and isinstance(error := waiting.exception(), Error):
        raise error


async def read_panels(
    page: Page, script: str, plan: dict[str, Any], seconds: float
) -> tuple[PanelElement, ...]:
    """The panels on the page.

    Raises BrowserError for a malformed result, TimeoutError, and Playwright's errors.
    """
    async with asyncio.timeout(seconds):
        value = await page.evaluate(script, plan)
    try:
        return _PanelElements.model_validate(value).panels
    except ValidationError as error:
        raise BrowserError("browser: the page's panels could not be read") from error


async def fit_window(page: Page, most: int, seconds: float) -> bool:
    """Makes the window tall enough for what scrolls inside the page, at most `most` pixels.

    Returns whether it grew. Raises TimeoutError and Playwright's errors.
    """
    async with asyncio.timeout(seconds):
        needed = await page.evaluate(NEEDED_HEIGHT)
        size = page.viewport_size
        # The page's own script may say anything, infinity too.
        height = min(needed, most) if isinstance(needed, int | float) and math.isfinite(needed) else 0
        if size is None or height <= size["height"]:
            return False
        await page.set_viewport_size({"width": size["width"], "height": int(height)})
    return True


async def scroll_to_top(page: Page, seconds: float) -> None:
    """Scrolls the page, and what scrolls inside it, to its beginning."""
    async with asyncio.timeout(seconds):
        await page.evaluate(SCROLL_TO_TOP)


async def _run_until_done(page: Page, script: str, plan: dict[str, Any], seconds: float) -> None:
    try:
        # The script keeps the time itself: one that is stopped from here goes on scrolling the page.
        plan = {**plan, "seconds": seconds}
        await page.wait_for_function(script, arg=plan, timeout=(seconds + _GRACE_S) * 1000)
    except PlaywrightTimeoutError:
        return  # each panel is judged by what it shows at that moment
