import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from playwright.async_api import Error, Page

from missions.frame import FRAME_BYTES

_EVERY_S = 0.2
_MOST = 100
_CALL_S = 3.0
_OPTIONS = {"format": "jpeg", "quality": 60, "maxWidth": 800, "maxHeight": 600}


class VisitRecording:
    """The frames of one visit, oldest first: (seconds, JPEG).

    At most 100, whatever it takes: when they are too many, every second one goes, and fewer are taken.
    """

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self._every = _EVERY_S

    def add(self, at: float, jpeg: bytes) -> None:
        """Keeps a frame, unless another one was kept a moment ago."""
        if len(jpeg) > FRAME_BYTES or (self.frames and at - self.frames[-1][0] < self._every):
            return
        self.frames.append((at, jpeg))
        if len(self.frames) > _MOST:
            del self.frames[1::2]
            self._every *= 2


@contextlib.asynccontextmanager
async def recording(
    page: Page, *, wanted: bool, hidden: Callable[[], bool] = lambda: False
) -> AsyncIterator[VisitRecording]:
    """Records the page where that is wanted, but while it is `hidden`.

    Never disturbs the visit: what cannot be recorded is not.
    """
    made = VisitRecording()
    if not wanted:
        yield made
        return
    acknowledging: set[asyncio.Task[None]] = set()
    session = None
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(_CALL_S):
            session = await page.context.new_cdp_session(page)

            def take(told: dict[str, Any]) -> None:
                if not hidden():
                    made.add(time.monotonic(), base64.b64decode(told["data"]))
                task = asyncio.create_task(acknowledge(told["sessionId"]))
                acknowledging.add(task)
                task.add_done_callback(acknowledging.discard)

            async def acknowledge(number: int) -> None:
                await asyncio.sleep(
                    _EVERY_S
                )  # the rate of frames: the next is drawn when this one is answered
                with contextlib.suppress(Error, TimeoutError):
                    async with asyncio.timeout(_CALL_S):
                        await session.send("Page.screencastFrameAck", {"sessionId": number})

            session.on("Page.screencastFrame", take)
            await session.send("Page.startScreencast", _OPTIONS)
    try:
        yield made
    finally:
        for task in acknowledging:
            task.cancel()
        if session is not None:
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(_CALL_S):
                    await session.detach()
