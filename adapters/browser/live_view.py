import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from playwright.async_api import CDPSession, Error, Page

from activities.task_ending import end_tasks
from missions.frame import FRAME_BYTES, Frame

_FRAME_INTERVAL_S = 0.2
"""At most five frames a second."""
_POLL_S = 1.0
_REPEAT_S = 2.0
"""A page that does not change sends its last frame again, so that viewers see that the visit goes on."""
_CALL_S = 3.0
_SIZES = ((60, 1024, 768), (40, 1024, 768), (40, 800, 600), (20, 640, 480))
"""JPEG quality, width and height: the next one is used when a frame is too large."""


class LiveFrames(Protocol):
    """Publishes the frames of the live view. Both methods are best effort and never raise."""

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether the mission has viewers now."""

    async def show(self, org: str, frame: Frame, jpeg: bytes) -> None:
        """Publishes a frame to the mission's viewers; drops it under pressure."""


class NoLiveFrames:
    """A live view without viewers."""

    async def watched(self, org: str, mission_id: str) -> bool:
        """Always False."""
        del org, mission_id
        return False

    async def show(self, org: str, frame: Frame, jpeg: bytes) -> None:
        """Drops the frame."""


class LiveView:
    """Streams a visit's page, but only while its mission has viewers. Its errors never reach the visit."""

    def __init__(self, frames: LiveFrames) -> None:
        self._frames = frames

    @contextlib.asynccontextmanager
    async def streaming(
        self, org: str, mission_id: str, page: Page, target: str = ""
    ) -> AsyncIterator[Callable[[str], None]]:
        """Yields a function that sets the caption of the next frames, e.g. `waiting for 4 panels`."""
        screencast = _Screencast(self._frames, org, mission_id, page, target)
        task = asyncio.create_task(screencast.run())
        try:
            yield screencast.set_caption
        finally:
            await end_tasks((task,))


class _Screencast:
    """The live view of one page."""

    def __init__(self, frames: LiveFrames, org: str, mission_id: str, page: Page, target: str) -> None:
        self._target = target
        self._frames, self._org, self._mission_id, self._page = frames, org, mission_id, page
        self._caption = ""
        self._size = 0
        self._sent_at = 0.0
        self._latest: tuple[dict[str, Any], bytes] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def set_caption(self, caption: str) -> None:
        """What the agent is doing in the next frames; at most 200 characters."""
        self._caption = caption[:200]

    async def run(self) -> None:
        """Streams whenever the mission has viewers, until it is cancelled."""
        while True:
            if await self._watched():
                with contextlib.suppress(Error, TimeoutError):
                    await self._stream()
            await asyncio.sleep(_POLL_S)

    async def _watched(self) -> bool:
        return await self._frames.watched(self._org, self._mission_id)

    async def _stream(self) -> None:
        """Streams until the mission has no viewers. Raises Playwright's errors and TimeoutError."""
        async with asyncio.timeout(_CALL_S):
            session = await self._page.context.new_cdp_session(self._page)
        try:
            while await self._watched():
                await self._screencast(session)
        finally:
            for task in self._sending:
                task.cancel()
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(_CALL_S):
                    await session.detach()

    async def _screencast(self, session: CDPSession) -> None:
        """Streams until there are no viewers, or a frame is too large at the present size."""
        quality, width, height = _SIZES[self._size]
        too_large = asyncio.Event()

        def on_frame(event: dict[str, Any]) -> None:
            task = asyncio.create_task(self._send(session, event, too_large))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

        session.on("Page.screencastFrame", on_frame)
        options = {"format": "jpeg", "quality": quality, "maxWidth": width, "maxHeight": height}
        try:
            async with asyncio.timeout(_CALL_S):
                await session.send("Page.startScreencast", options)
            while not too_large.is_set() and await self._watched():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(too_large.wait(), _POLL_S)
                await self._repeat()
        finally:
            session.remove_listener("Page.screencastFrame", on_frame)
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(_CALL_S):
                    await session.send("Page.stopScreencast")
        self._size = min(self._size + too_large.is_set(), len(_SIZES) - 1)

    async def _send(self, session: CDPSession, event: dict[str, Any], too_large: asyncio.Event) -> None:
        """Publishes one frame, then acknowledges it: only then Chromium draws the next ones."""
        loop = asyncio.get_running_loop()
        due = self._sent_at + _FRAME_INTERVAL_S
        if loop.time() >= due:
            self._sent_at = loop.time()
            jpeg = base64.b64decode(event["data"])
            if len(jpeg) > FRAME_BYTES:
                too_large.set()
            else:
                self._latest = event, jpeg
                await self._frames.show(self._org, self._frame(event), jpeg)
        await asyncio.sleep(max(0.0, self._sent_at + _FRAME_INTERVAL_S - loop.time()))
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(_CALL_S):
                await session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    async def _repeat(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._latest is not None and now - self._sent_at >= _REPEAT_S:
            self._sent_at = now
            event, jpeg = self._latest
            await self._frames.show(self._org, self._frame(event), jpeg)

    def _frame(self, event: dict[str, Any]) -> Frame:
        scrolled = round(event["metadata"].get("scrollOffsetY", 0))
        doing = f"{self._caption}, scrolled to {scrolled} px" if scrolled else self._caption
        # A query string may hold private data.
        url = self._page.url.partition("?")[0].partition("#")[0][:500]
        return Frame(
            mission_id=self._mission_id, at=datetime.now(UTC), url=url, doing=doing, target=self._target
        )
