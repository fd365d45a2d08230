"""Which part of a page its picture shows, and where each panel is on that picture."""

import asyncio
from dataclasses import dataclass

from playwright.async_api import CDPSession, Error

from adapters.browser.budget import Budget
from adapters.browser.errors import first_line
from adapters.browser.screenshot import capture_screenshot
from adapters.dashboards.page.readiness import PanelBox, PanelElement
from missions.errors import BrowserError
from missions.evidence import Box

_MARGIN = 16


@dataclass(frozen=True)
class PictureArea:
    """The part of a page that is pictured: `top` and `height` in CSS pixels, over the full width."""

    top: float
    height: float
    width: int

    def box_of(self, panel: PanelBox) -> Box | None:
        """The panel's place on the picture, in its pixels; None where the picture does not show it."""
        top, bottom = max(panel.y - self.top, 0.0), min(panel.y + panel.height - self.top, self.height)
        left, right = max(panel.x, 0.0), min(panel.x + panel.width, float(self.width))
        if bottom <= top or right <= left:
            return None
        return Box(x=round(left), y=round(top), width=round(right - left), height=round(bottom - top))


def picture_area(panels: tuple[PanelElement, ...], budget: Budget) -> PictureArea:
    """From the page's top to its last panel; of a page that is too tall, from its first panel on."""
    first = max(0.0, min((panel.box.y for panel in panels), default=0.0))
    last = max((panel.box.y + panel.box.height for panel in panels), default=0.0)
    if not last:
        return PictureArea(0.0, float(budget.picture_height), budget.picture_width)
    top = 0.0 if last + _MARGIN <= budget.picture_height else max(0.0, first - _MARGIN)
    height = min(budget.picture_height, max(last + _MARGIN - top, 1.0))
    return PictureArea(top, height, budget.picture_width)


async def take_picture(cdp: CDPSession, area: PictureArea, budget: Budget) -> bytes:
    """JPEG of that part of the page. Raises BrowserError where the page does not draw in time."""
    try:
        async with asyncio.timeout(budget.screenshot):
            return await capture_screenshot(cdp, area.top, area.height, area.width, budget.jpeg_quality)
    except TimeoutError as error:
        raise BrowserError(f"picture: none within {budget.screenshot:g} s") from error
    except Error as error:
        raise BrowserError(f"picture: {first_line(error)}") from error
