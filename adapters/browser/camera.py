import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from playwright.async_api import CDPSession, Error, Page

from missions.frame import FRAME_BYTES, Frame

_EVERY_S = 0.2
"""At most five frames a second."""
_LOOK_S = 1.0
_AGAIN_S = 2.0
"""A page that does not change is shown again after so long: who watches takes silence for the end."""
_CALL_S = 3.0
_SIZES = ((60, 1024, 768), (40, 1024, 768), (40, 800, 600), (20, 640, 480))
"""JPEG quality, width and height: the next one is taken where a frame is too large."""


class Frames(Protocol):
    """Where frames go. Both are best effort, quick, and never raise."""

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether somebody watches the mission now."""

    async def show(self, org: str, frame: Frame, jpeg: bytes) -> None:
        """Shows a frame to whoever watches; dropped under pressure."""


class NoFrames:
    """Nobody ever watches."""

    async def watched(self, org: str, mission_id: str) -> bool:
        """Never."""
        del org, mission_id
        return False

    async def show(self, org: str, frame: Frame, jpeg: bytes) -> None:
        """Drops it."""


class Camera:
    """Films a visit, but only while somebody watches its mission. Never disturbs the visit."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    @contextlib.asynccontextmanager
    async def filming(
        self, org: str, mission_id: str, page: Page, target: str = ""
    ) -> AsyncIterator[Callable[[str], None]]:
        """Yields what to call with what the agent is doing, e.g. `waiting for 4 panels`."""
        shot = _Shot(self._frames, org, mission_id, page, target)
        task = asyncio.create_task(self._film(shot))
        try:
            yield shot.say
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _film(self, shot: "_Shot") -> None:
        while True:
            if await shot.watched():
                with contextlib.suppress(Error, TimeoutError):
                    await shot.roll()
            await asyncio.sleep(_LOOK_S)  # how often it is asked whether somebody watches


class _Shot:
    """One page being filmed."""

    def __init__(self, frames: Frames, org: str, mission_id: str, page: Page, target: str) -> None:
        self._target = target
        self._frames, self._org, self._mission_id, self._page = frames, org, mission_id, page
        self._doing = ""
        self._size = 0
        self._last = 0.0
        self._latest: tuple[dict[str, Any], bytes] | None = None
        self._showing: set[asyncio.Task[None]] = set()

    def say(self, doing: str) -> None:
        """What the next frames are told to show."""
        self._doing = doing[:200]

    async def watched(self) -> bool:
        """Whether somebody watches."""
        return await self._frames.watched(self._org, self._mission_id)

    async def roll(self) -> None:
        """Films until nobody watches. Playwright's errors and TimeoutError end it."""
        async with asyncio.timeout(_CALL_S):
            session = await self._page.context.new_cdp_session(self._page)
        try:
            while await self.watched():
                await self._screencast(session)
        finally:
            for task in self._showing:
                task.cancel()
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(_CALL_S):
                    await session.detach()

    async def _screencast(self, session: CDPSession) -> None:
        """Until nobody watches, or the frames are too large for this size."""
        quality, width, height = _SIZES[self._size]
        too_large = asyncio.Event()

        def take(told: dict[str, Any]) -> None:
            task = asyncio.create_task(self._show(session, told, too_large))
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

        session.on("Page.screencastFrame", take)
        options = {"format": "jpeg", "quality": quality, "maxWidth": width, "maxHeight": height}
        try:
            async with asyncio.timeout(_CALL_S):
                await session.send("Page.startScreencast", options)
            while not too_large.is_set() and await self.watched():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(too_large.wait(), _LOOK_S)
                await self._show_again()
        finally:
            session.remove_listener("Page.screencastFrame", take)
            with contextlib.suppress(Error, TimeoutError):
                async with asyncio.timeout(_CALL_S):
                    await session.send("Page.stopScreencast")
        self._size = min(self._size + too_large.is_set(), len(_SIZES) - 1)

    async def _show(self, session: CDPSession, told: dict[str, Any], too_large: asyncio.Event) -> None:
        """Shows one frame; Chromium draws the next ones only when this one is acknowledged."""
        loop = asyncio.get_running_loop()
        due = self._last + _EVERY_S
        if loop.time() >= due:
            self._last = loop.time()
            jpeg = base64.b64decode(told["data"])
            if len(jpeg) > FRAME_BYTES:
                too_large.set()
            else:
                self._latest = told, jpeg
                await self._frames.show(self._org, self._frame(told), jpeg)
        await asyncio.sleep(max(0.0, self._last + _EVERY_S - loop.time()))  # the rate of frames
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(_CALL_S):
                await session.send("Page.screencastFrameAck", {"sessionId": told["sessionId"]})

    async def _show_again(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._latest is not None and now - self._last >= _AGAIN_S:
            self._last = now
            told, jpeg = self._latest
            await self._frames.show(self._org, self._frame(told), jpeg)

    def _frame(self, told: dict[str, Any]) -> Frame:
        scrolled = round(told["metadata"].get("scrollOffsetY", 0))
        doing = f"{self._doing}, scrolled to {scrolled} px" if scrolled else self._doing
        # A query may hold what a page knows.
        url = self._page.url.partition("?")[0].partition("#")[0][:500]
        return Frame(
            mission_id=self._mission_id, at=datetime.now(UTC), url=url, doing=doing, target=self._target
        )
