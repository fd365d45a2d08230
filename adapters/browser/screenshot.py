from base64 import b64decode
from typing import Any

from playwright.async_api import CDPSession


async def capture_screenshot(cdp: CDPSession, top: float, height: float, width: float, quality: int) -> bytes:
    """JPEG of that part of the page (CSS pixels), at most to the page's end. Raises Playwright's errors.

    Playwright's own screenshot of a page that may be taller than the window takes twice as long: it
    evaluates scripts in the page five times, and waits for fonts without a time limit.
    """
    metrics: dict[str, Any] = await cdp.send("Page.getLayoutMetrics")
    viewport, content = metrics["cssVisualViewport"], metrics["cssContentSize"]
    height = max(1.0, min(height, content["height"] - top))
    in_viewport = not viewport["pageX"] and not viewport["pageY"] and top + height <= viewport["clientHeight"]
    options = {
        "format": "jpeg",
        "quality": quality,
        "clip": {"x": 0, "y": top, "width": width, "height": height, "scale": 1},
        "captureBeyondViewport": not in_viewport,  # true makes Chromium lay out the page again
    }
    return b64decode((await cdp.send("Page.captureScreenshot", options))["data"])
