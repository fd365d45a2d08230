import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil
from playwright.async_api import Browser, Error, Playwright, async_playwright

from adapters.browser.budget import Budget
from adapters.browser.chromium_flags import FLAGS
from adapters.browser.errors import first_line
from missions.errors import BrowserError


@dataclass(frozen=True)
class LaunchOptions:
    """How a Chromium is started. `env` is its whole environment, `proxy` its default proxy."""

    executable: Path
    sandbox: bool
    env: Mapping[str, str]
    proxy: str
    budget: Budget


class RunningBrowser:
    """One Chromium with its Playwright driver; when one of the two dies, both are replaced.

    A `retired` browser takes no more visits and is closed after its last one.
    """

    def __init__(self, driver: Playwright, browser: Browser, budget: Budget, pid: int) -> None:
        self.browser = browser
        self.visits = 0
        self.open_visits = 0
        self.retired = False
        self._closed = False
        self._driver = driver
        self._budget = budget
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.Error, ValueError):
            self._process = psutil.Process(pid) if pid else None

    @classmethod
    async def launch(cls, options: LaunchOptions) -> Self:
        """Starts one. Raises BrowserError."""
        driver: Playwright | None = None
        try:
            async with asyncio.timeout(options.budget.launch):
                driver = await async_playwright().start()
                browser = await driver.chromium.launch(
                    executable_path=options.executable,
                    chromium_sandbox=options.sandbox,
                    env={**options.env},
                    args=[*FLAGS],
                    proxy={"server": options.proxy, "bypass": "<-loopback>"},
                    # The worker handles signals: it lets its visits finish first.
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
                return cls(driver, browser, options.budget, await _pid_of(browser))
        except (Error, TimeoutError, OSError) as error:
            if driver is not None:
                await close_within(driver.stop(), options.budget.close)
            raise BrowserError(f"browser: it did not start: {first_line(error)}") from error

    async def retire_above(self, limit_mb: float) -> None:
        """Retires the browser if its processes hold more memory than this."""
        if self._process and await asyncio.to_thread(memory_mb, self._process) > limit_mb:
            self.retired = True

    async def close(self) -> None:
        """Closes the browser once, and kills its processes if that takes too long."""
        if self._closed:
            return
        self._closed = True
        in_time = await close_within(self.browser.close(), self._budget.close)
        if not in_time and self._process:
            await asyncio.to_thread(_kill_tree, self._process)
        await close_within(self._driver.stop(), self._budget.close)


async def close_within(closing: Coroutine[Any, Any, None], seconds: float) -> bool:
    """Awaits the close. False when it took too long; an object that is already dead counts as closed."""
    with contextlib.suppress(Error):
        try:
            async with asyncio.timeout(seconds):
                await closing
        except TimeoutError:
            return False
    return True


def memory_mb(process: psutil.Process) -> float:
    """Memory of the process tree: each process's private pages, and the largest shared part once."""
    private, shared = 0, 0
    for member in _tree(process):
        with contextlib.suppress(psutil.Error):
            memory = member.memory_info()
            private += memory.rss - memory.shared
            shared = max(shared, memory.shared)
    return (private + shared) / 1_000_000


def _kill_tree(process: psutil.Process) -> None:
    # psutil compares the start time: a new process with a reused pid is not killed.
    for member in _tree(process):
        with contextlib.suppress(psutil.Error):
            member.kill()


def _tree(process: psutil.Process) -> list[psutil.Process]:
    """The process and all its descendants; empty when it is gone."""
    with contextlib.suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return []


async def _pid_of(browser: Browser) -> int:
    session = await browser.new_browser_cdp_session()
    info = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return next((process["id"] for process in info["processInfo"] if process["type"] == "browser"), 0)
