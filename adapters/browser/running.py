import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, Error, Playwright, async_playwright

from adapters.browser.budget import Budget
from adapters.browser.flags import FLAGS
from adapters.browser.process_tree import kill, memory_mb, started
from missions.errors import BrowserError


@dataclass(frozen=True)
class Launch:
    """How a Chromium is started. `env` is its whole environment; `proxy` is for what no visit asks for."""

    executable: Path
    sandbox: bool
    env: Mapping[str, str]
    proxy: str
    budget: Budget


class RunningBrowser:
    """One Chromium with its driver, so that whichever of them died, both are replaced."""

    def __init__(self, driver: Playwright, browser: Browser, budget: Budget, pid: int) -> None:
        self.browser = browser
        self.visits = 0
        self.open = 0
        self.spent = False
        self._ended = False
        self._driver = driver
        self._budget = budget
        self._pid = pid
        self._since = started(pid) if pid else ""

    @classmethod
    async def launch(cls, how: Launch) -> Self:
        """Starts one. Raises BrowserError."""
        driver: Playwright | None = None
        try:
            async with asyncio.timeout(how.budget.launch):
                driver = await async_playwright().start()
                browser = await driver.chromium.launch(
                    executable_path=how.executable,
                    chromium_sandbox=how.sandbox,
                    env={**how.env},
                    args=[*FLAGS],
                    proxy={"server": how.proxy, "bypass": "<-loopback>"},
                    # A signal is for the worker: it lets its visits finish first.
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
                return cls(driver, browser, how.budget, await _pid_of(browser))
        except (Error, TimeoutError, OSError) as error:
            if driver is not None:
                await close_within(driver.stop(), how.budget.close)
            raise BrowserError(f"browser: it did not start: {first_line(error)}") from error

    async def weigh(self, limit_mb: float) -> None:
        """Takes no more visits where it holds more memory than this."""
        if self._pid and await asyncio.to_thread(memory_mb, self._pid) > limit_mb:
            self.spent = True

    async def end(self) -> None:
        """Ends it, once: kindly, and where that takes too long, with everything below it."""
        if self._ended:
            return
        self._ended = True
        kindly = await close_within(self.browser.close(), self._budget.close)
        if not kindly:
            await asyncio.to_thread(kill, self._pid, self._since)
        await close_within(self._driver.stop(), self._budget.close)


async def close_within(closing: Coroutine[Any, Any, None], seconds: float) -> bool:
    """Closes within the deadline; what is dead already is closed. False where it took too long."""
    with contextlib.suppress(Error):
        try:
            async with asyncio.timeout(seconds):
                await closing
        except TimeoutError:
            return False
    return True


def first_line(error: BaseException) -> str:
    """What an error says, without Playwright's call log."""
    return (str(error).splitlines() or [type(error).__name__])[0]


async def _pid_of(browser: Browser) -> int:
    session = await browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return next((one["id"] for one in told["processInfo"] if one["type"] == "browser"), 0)
