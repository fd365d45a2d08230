import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from playwright.async_api import Error, Page

from missions.frame import FRAME_BYTES

_INTERVAL_S = 0.2
_MAX_FRAMES = 100
_CALL_S = 3.0
_OPTIONS = {"format": "jpeg", "quality": 60, "maxWidth": 800, "maxHeight": 600}


class VisitRecording:
    """The frames of one visit, oldest first: (monotonic seconds, JPEG).

    At most 100: beyond that, every second frame is dropped and the interval doubles.
    """

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self._interval = _INTERVAL_S

    def add(self, at: float, jpeg: bytes) -> None:
        """Keeps the frame, unless it is too large or follows the last one too soon."""
        if len(jpeg) > FRAME_BYTES or (self.frames and at - self.frames[-1][0] < self._interval):
            return
        self.frames.append((at, jpeg))
        if len(self.frames) > _MAX_FRAMES:
            del self.frames[1::2]
            self._interval *= 2


@contextlib.asynccontextmanager
async def recording(
    page: Page, *, wanted: bool, hidden: Callable[[], bool] = lambda: False
) -> AsyncIterator[VisitRecording]:
    """Records the page if that is `wanted`, except while it is `hidden`.

    Never raises: a page that cannot be recorded leaves an empty recording.
    """
    recorded = VisitRecording()
    if not wanted:
        yield recorded
        return
    acknowledging: set[asyncio.Task[None]] = set()
    session = None
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(_CALL_S):
            session = await page.context.new_cdp_session(page)

            def on_frame(event: dict[str, Any]) -> None:
                if not hidden():
                    recorded.add(time.monotonic(), base64.b64decode(event["data"]))
                task = asyncio.create_task(acknowledge(event["sessionId"]))
                acknowledging.add(task)
                task.add_done_callback(acknowledging.discard)

            async def acknowledge(session_id: int) -> None:
                # Chromium draws the next frame when this one is acknowledged: the wait sets the frame rate.
                await asyncio.sleep(_INTERVAL_S)
                with contextlib.suppress(Error, TimeoutError):
                    async with asyncio.timeout(_CALL_S):
                        await session.send("Page.screencastFrameAck", {"sessionId": session_id})

            session.on("Page.screencastFrame", on_frame)
            await session.send("Page.startScreencast", _OPTIONS)
    try:
        yield recorded
    finally:
        for task in acknowledging:
            task.cancel()
        if session is not None:
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(_CALL_S):
                    await session.detach()
