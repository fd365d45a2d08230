import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    ProxySettings,
    async_playwright,
)

from adapters.browser.budget import Budget
from adapters.browser.egress import DeadEnd, Egress
from adapters.browser.flags import FLAGS, resolver_flag
from adapters.browser.origins import WebOrigin
from missions.errors import BrowserError


@dataclass(frozen=True)
class Tab:
    """What one visit drives: the only page of a context of its own, and its guard."""

    page: Page
    egress: Egress


@dataclass
class _Running:
    """One Chromium with its driver, so that whichever of them died, both are replaced."""

    driver: Playwright
    browser: Browser
    visits: int = 0
    open: int = 0
    retired: bool = False


class BrowserPool:
    """One Chromium per worker: launched at the first visit, relaunched when it died, recycled when it is old.

    `slots` visits run at a time. `env` is Chromium's whole environment: nothing is inherited. Without
    `proxy` (the guard) each context can reach its own origins only, through no proxy at all.
    """

    def __init__(
        self,
        executable: Path,
        *,
        sandbox: bool,
        slots: int,
        env: Mapping[str, str],
        proxy: str | None = None,
        visits_per_browser: int = 200,
        budget: Budget | None = None,
    ) -> None:
        self._executable = executable
        self._sandbox = sandbox
        self._env = dict(env)
        self._proxy = proxy
        self._visits_per_browser = visits_per_browser
        self._budget = budget or Budget()
        self._slots = asyncio.Semaphore(slots)
        self._lock = asyncio.Lock()
        self._current: asyncio.Task[_Running] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._dead_end = DeadEnd()

    @contextlib.asynccontextmanager
    async def context(self, origins: AbstractSet[WebOrigin]) -> AsyncIterator[Tab]:
        """A fresh context whose one page may reach these origins; closed whatever happens."""
        async with self._slots:
            try:
                running, tab = await self._open(origins)
            except (Error, TimeoutError):
                # It may have died a moment ago, before anybody could notice: once more with a new one.
                try:
                    running, tab = await self._open(origins)
                except (Error, TimeoutError) as error:
                    raise BrowserError(f"browser: it opens no page: {first_line(error)}") from error
            try:
                yield tab
            finally:
                await asyncio.shield(self._aside(self._give_back(running, tab.page.context)))

    async def close(self) -> None:
        """Ends the browser; visits under way fail."""
        async with self._lock:
            if self._current is not None:
                with contextlib.suppress(BrowserError):
                    await self._end(await self._current)
            self._current = None
        await asyncio.gather(*self._background, return_exceptions=True)
        self._dead_end.close()

    async def _open(self, origins: AbstractSet[WebOrigin]) -> tuple[_Running, Tab]:
        running = await self._lease()
        context: BrowserContext | None = None
        try:
            async with asyncio.timeout(self._budget.open):
                context = await self._new_context(running.browser, origins)
                return running, await self._tab(context, origins)
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                running.visits = self._visits_per_browser  # a browser that opens nothing gets no more visits
            await asyncio.shield(self._aside(self._give_back(running, context)))
            raise

    async def _lease(self) -> _Running:
        async with self._lock:
            if self._current is None or await self._is_spent(self._current):
                self._current = asyncio.create_task(self._launch())
            # A cancelled visit must not leave a half-started browser that nobody knows.
            running = await asyncio.shield(self._current)
            running.visits += 1
            running.open += 1
            return running

    async def _is_spent(self, task: asyncio.Task[_Running]) -> bool:
        if not task.done():
            return False
        if task.cancelled() or task.exception() is not None:
            return True
        running = task.result()
        if running.browser.is_connected() and running.visits < self._visits_per_browser:
            return False
        running.retired = True
        if running.open == 0:
            self._aside(self._end(running))
        return True

    async def _launch(self) -> _Running:
        driver: Playwright | None = None
        try:
            async with asyncio.timeout(self._budget.launch):
                driver = await async_playwright().start()
                browser = await driver.chromium.launch(
                    executable_path=self._executable,
                    chromium_sandbox=self._sandbox,
                    env={**self._env},
                    args=[*FLAGS, *([resolver_flag(self._proxy)] if self._proxy else [])],
                    # A signal is for the worker: it lets its visits finish first.
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
                return _Running(driver, browser)
        except (Error, TimeoutError, OSError) as error:
            if driver is not None:
                await self._quietly(driver.stop())
            raise BrowserError(f"browser: it did not start: {first_line(error)}") from error

    async def _new_context(self, browser: Browser, origins: AbstractSet[WebOrigin]) -> BrowserContext:
        guard: ProxySettings | None = (
            {"server": self._proxy, "bypass": "<-loopback>"} if self._proxy else None
        )
        return await browser.new_context(
            viewport={"width": self._budget.picture_width, "height": 720},
            service_workers="block",
            accept_downloads=False,
            permissions=[],
            proxy=guard or self._dead_end.except_for(origins),
        )

    async def _tab(self, context: BrowserContext, origins: AbstractSet[WebOrigin]) -> Tab:
        # Nobody listens for dialogs: Playwright then dismisses each by itself.
        context.set_default_timeout(self._budget.open * 1000)
        context.set_default_navigation_timeout(self._budget.goto * 1000)
        egress = Egress(origins)
        await egress.guard(context)
        page = await context.new_page()
        egress.watch(page)
        context.on("page", lambda popup: self._aside(self._quietly(popup.close())))
        return Tab(page, egress)

    async def _give_back(self, running: _Running, context: BrowserContext | None) -> None:
        if context is not None:
            await self._quietly(context.close())
        running.open -= 1
        if running.retired and running.open == 0:
            await self._end(running)

    async def _end(self, running: _Running) -> None:
        await self._quietly(running.browser.close())
        await self._quietly(running.driver.stop())

    async def _quietly(self, closing: Coroutine[Any, Any, None]) -> None:
        """Closes within the deadline; what is dead already is closed."""
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(self._budget.close):
                await closing

    def _aside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def first_line(error: BaseException) -> str:
    """What an error says, without Playwright's call log."""
    return (str(error).splitlines() or [type(error).__name__])[0]
