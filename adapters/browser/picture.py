from base64 import b64decode
from typing import Any

from playwright.async_api import CDPSession


async def photograph(cdp: CDPSession, top: float, height: float, width: float, quality: int) -> bytes:
    """JPEG of that part of the page, at most to its end. Playwright's errors.

    Playwright's own picture of a page that may be taller than the window takes twice as long: it asks the
    page five times, and waits for fonts for ever.
    """
    told: dict[str, Any] = await cdp.send("Page.getLayoutMetrics")
    view, whole = told["cssVisualViewport"], told["cssContentSize"]
    height = max(1.0, min(height, whole["height"] - top))
    shown = not view["pageX"] and not view["pageY"] and top + height <= view["clientHeight"]
    options = {
        "format": "jpeg",
        "quality": quality,
        "clip": {"x": 0, "y": top, "width": width, "height": height, "scale": 1},
        "captureBeyondViewport": not shown,  # lays the page out anew, so only where it must be
    }
    return b64decode((await cdp.send("Page.captureScreenshot", options))["data"])
