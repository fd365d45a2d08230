import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from adapters.browser.chromium import Tab
from adapters.browser.login_wall import empty_login
from missions.browser_control import BrowserInput, BrowserInputKind

LONGEST_S = 180.0
"""So long all hands together may keep one visit."""
CALL_S = 60.0
"""So long a page that asks for a login waits for somebody who watches; a part of LONGEST_S."""
_LOOK_S = 1.0
_TOUCH_S = 5.0


class ControlChannel(Protocol):
    """Whether a person holds a page, and what they do there."""

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        """Whether a person holds this page now; False where that is not known."""

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether somebody watches the mission, and so could take a page; False where that is not known."""

    def touches(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        """Gestures as they come, None every moment without one; it ends where they cannot be heard."""


class NoControlChannel:
    """Nobody ever does."""

    _none: tuple[BrowserInput, ...] = ()

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        """Never."""
        del org, mission_id, target
        return False

    async def watched(self, org: str, mission_id: str) -> bool:
        """Never."""
        del org, mission_id
        return False

    async def touches(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        """None at all."""
        del org, mission_id
        for touch in self._none:
            yield touch


class BrowserControl:
    """The page of one visit, in the agent's hands or in a person's. The guard stays what it is.

    While it is `in_hands` nothing of it may be kept: passwords are typed there.
    """

    def __init__(self, steering: ControlChannel, tab: Tab, org: str, mission_id: str, target: str) -> None:
        self._steering = steering
        self._tab = tab
        self._names = org, mission_id
        self._target = target
        self._left = LONGEST_S
        self.in_hands = False

    async def hand_over(self, say: Callable[[str], None]) -> bool:
        """Obeys the person who holds the page until they give it back; False where nobody does.

        Raises BrowserError where the page leaves its origin.
        """
        if self._left <= 0 or not await self._held():
            return False
        self.in_hands = True
        say("in a person's hands")
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._tab.wait(self._left)  # a person is slower than what a visit may take
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._left):
                    await self._obey()
        finally:
            self._left -= loop.time() - began
        self._tab.egress.check(self._tab.page.url)
        await empty_login(self._tab.page)
        self.in_hands = False
        say("back in the agent's hands")
        return True

    async def called(self, why: str, say: Callable[[str], None]) -> bool:
        """Waits until somebody who watches took the page and gave it back; False where nobody does.

        Raises BrowserError as `hand_over` does.
        """
        seconds = min(CALL_S, self._left)
        if seconds <= 0 or not await self._steering.watched(*self._names):
            return False
        say(f"{why}: take it over within {seconds:.0f} s to sign in")
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        self._tab.wait(seconds)
        while loop.time() < end and await self._steering.watched(*self._names):
            self._tab.egress.end()
            self._left -= _LOOK_S
            if await self.hand_over(say):
                return True
            await asyncio.sleep(_LOOK_S)  # how often it is asked whether somebody took it
        return False

    async def _obey(self) -> None:
        loop = asyncio.get_running_loop()
        looked = loop.time()
        async with contextlib.aclosing(self._steering.touches(*self._names)) as touches:
            async for touch in touches:
                self._tab.egress.check(self._tab.page.url)
                if loop.time() - looked >= _LOOK_S or touch is None:
                    looked = loop.time()
                    if not await self._held():
                        return
                if touch is not None:
                    with contextlib.suppress(TimeoutError):  # a page that hangs obeys nobody
                        async with asyncio.timeout(_TOUCH_S):
                            await self._do(touch)

    async def _held(self) -> bool:
        return await self._steering.held(*self._names, self._target)

    async def _do(self, touch: BrowserInput) -> None:
        page = self._tab.page
        size = page.viewport_size or {"width": 0, "height": 0}
        match touch.gesture:
            case BrowserInputKind.CLICK:
                await page.mouse.click(touch.x * size["width"], touch.y * size["height"])
            case BrowserInputKind.TYPE:
                await page.keyboard.type(touch.text)
            case BrowserInputKind.KEY:
                await page.keyboard.press(touch.key)
            case BrowserInputKind.SCROLL:
                await page.mouse.wheel(touch.dx, touch.dy)
