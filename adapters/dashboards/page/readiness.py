"""Waits until a page's panels are drawn, and reads what the page shows of each."""

import asyncio
from typing import Any

from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from pydantic import BaseModel, FiniteFloat, ValidationError

from adapters.browser.browser_pool import Tab
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
        for task in (waiting, stopping):
            task.cancel()
        results = await asyncio.gather(waiting, stopping, return_exceptions=True)
    if isinstance(results[0], Error):
        raise results[0]


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


async def _run_until_done(page: Page, script: str, plan: dict[str, Any], seconds: float) -> None:
    try:
        # The script keeps the time itself: one that is stopped from here goes on scrolling the page.
        plan = {**plan, "seconds": seconds}
        await page.wait_for_function(script, arg=plan, timeout=(seconds + _GRACE_S) * 1000)
    except PlaywrightTimeoutError:
        return  # each panel is judged by what it shows at that moment
