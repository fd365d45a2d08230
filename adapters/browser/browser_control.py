import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from adapters.browser.browser_pool import Tab
from adapters.browser.login_wall import clear_login_form
from missions.browser_control import BrowserInput, BrowserInputKind

CONTROL_S = 180.0
"""The time limit of remote control, over all take-overs of one visit."""
LOGIN_WAIT_S = 60.0
"""How long a page that asks for a login waits for a viewer to take over; it counts towards CONTROL_S."""
_POLL_S = 1.0
_INPUT_S = 5.0


class ControlChannel(Protocol):
    """Whether a person controls a page, and the person's input."""

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        """Whether a person controls this page now; False when that is unknown."""

    async def watched(self, org: str, mission_id: str) -> bool:
        """Whether the mission has viewers, who could take over; False when that is unknown."""

    def inputs(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        """Input as it arrives, and None at regular intervals; ends when the channel is lost."""


class NoControlChannel:
    """A channel on which no page is ever taken over."""

    _none: tuple[BrowserInput, ...] = ()

    async def held(self, org: str, mission_id: str, target: str) -> bool:
        """Always False."""
        del org, mission_id, target
        return False

    async def watched(self, org: str, mission_id: str) -> bool:
        """Always False."""
        del org, mission_id
        return False

    async def inputs(self, org: str, mission_id: str) -> AsyncGenerator[BrowserInput | None, None]:
        """Yields nothing."""
        del org, mission_id
        for browser_input in self._none:
            yield browser_input


class BrowserControl:
    """Remote control of one visit's page. The egress filter stays in force.

    While `active`, a person controls the page and may type passwords: nothing of it may be recorded.
    """

    def __init__(self, channel: ControlChannel, tab: Tab, org: str, mission_id: str, target: str) -> None:
        self._channel = channel
        self._tab = tab
        self._mission = org, mission_id
        self._target = target
        self._left = CONTROL_S
        self.active = False

    async def run_while_held(self, progress: Callable[[str], None]) -> bool:
        """Applies a person's input until the page is given back. False if it was not taken over.

        Raises BrowserError where the page leaves its origin.
        """
        if self._left <= 0 or not await self._held():
            return False
        self.active = True
        progress("a person controls the page")
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._tab.extend(self._left)  # a person may take longer than a visit's time limit
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._left):
                    await self._apply_inputs()
        finally:
            self._left -= loop.time() - started
        self._tab.egress.check(self._tab.page.url)
        await clear_login_form(self._tab.page)
        self.active = False
        progress("the agent controls the page again")
        return True

    async def wait_for_login(self, reason: str, progress: Callable[[str], None]) -> bool:
        """Waits until a viewer took over the page and gave it back. False if that did not happen.

        Raises BrowserError where the page leaves its origin.
        """
        seconds = min(LOGIN_WAIT_S, self._left)
        if seconds <= 0 or not await self._channel.watched(*self._mission):
            return False
        progress(f"{reason}: take it over within {seconds:.0f} s to sign in")
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        self._tab.extend(seconds)
        while loop.time() < end and await self._channel.watched(*self._mission):
            self._tab.egress.raise_if_stopped()
            self._left -= _POLL_S
            if await self.run_while_held(progress):
                return True
            await asyncio.sleep(_POLL_S)
        return False

    async def _apply_inputs(self) -> None:
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        async with contextlib.aclosing(self._channel.inputs(*self._mission)) as inputs:
            async for browser_input in inputs:
                self._tab.egress.check(self._tab.page.url)
                if loop.time() - checked_at >= _POLL_S or browser_input is None:
                    checked_at = loop.time()
                    if not await self._held():
                        return
                if browser_input is not None:
                    with contextlib.suppress(TimeoutError):  # the page hangs
                        async with asyncio.timeout(_INPUT_S):
                            await self._apply(browser_input)

    async def _held(self) -> bool:
        return await self._channel.held(*self._mission, self._target)

    async def _apply(self, browser_input: BrowserInput) -> None:
        page = self._tab.page
        size = page.viewport_size or {"width": 0, "height": 0}
        match browser_input.gesture:
            case BrowserInputKind.CLICK:
                await page.mouse.click(browser_input.x * size["width"], browser_input.y * size["height"])
            case BrowserInputKind.TYPE:
                await page.keyboard.type(browser_input.text)
            case BrowserInputKind.KEY:
                await page.keyboard.press(browser_input.key)
            case BrowserInputKind.SCROLL:
                await page.mouse.wheel(browser_input.dx, browser_input.dy)
