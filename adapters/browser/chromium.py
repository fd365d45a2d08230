import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from playwright.async_api import Browser, BrowserContext, CDPSession, Error, Page

from adapters.browser import trace
from adapters.browser.budget import Budget
from adapters.browser.egress import Egress
from adapters.browser.egress_proxy import EgressGuard, EgressProxy
from adapters.browser.origins import WebOrigin
from adapters.browser.running import Launch, RunningBrowser, close_within, first_line
from missions.errors import BrowserError

__all__ = ["BrowserPool", "Tab", "first_line"]

_POPUPS = 20
_SUSPECTS = 100


@dataclass(frozen=True)
class Tab:
    """What one visit drives: the only page of a context of its own, its devtools, and its guard.

    `wait` gives the visit so many more seconds.
    """

    page: Page
    cdp: CDPSession
    egress: Egress
    wait: Callable[[float], None] = lambda _: None


@dataclass(frozen=True)
class _Lease:
    """A visit's share of a browser; `closing` closes its context, then its passage, `close` the context."""

    running: RunningBrowser
    tab: Tab
    closing: contextlib.AsyncExitStack
    close: Callable[[], asyncio.Task[None]]


class BrowserPool:
    """One Chromium per worker: launched at the first visit, relaunched when it died, recycled when it is
    old, when it holds more than `memory_mb`, and when one of its pages would not close.

    `slots` visits run at a time. `env` is Chromium's whole environment: nothing is inherited. Every
    context has a passage of its own through the guard, which leads to its own origins only.
    """  # noqa: D205  one sentence

    def __init__(
        self,
        executable: Path,
        *,
        sandbox: bool,
        slots: int,
        env: Mapping[str, str],
        guard: EgressGuard | None = None,
        visits_per_browser: int = 200,
        memory_mb: float = 1500,
        budget: Budget | None = None,
    ) -> None:
        self._executable = executable
        self._sandbox = sandbox
        self._env = dict(env)
        self._guard = guard or EgressGuard()
        self._visits_per_browser = visits_per_browser
        self._memory_mb = memory_mb
        self._budget = budget or Budget()
        self._slots = asyncio.Semaphore(slots)
        self._lock = asyncio.Lock()
        self._current: asyncio.Task[RunningBrowser] | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self._no_way = contextlib.AsyncExitStack()
        self._nowhere: EgressProxy | None = None
        self._failed: dict[AbstractSet[WebOrigin], None] = {}

    @contextlib.asynccontextmanager
    async def context(self, origins: AbstractSet[WebOrigin]) -> AsyncIterator[Tab]:
        """A fresh context whose one page may reach these origins; closed whatever happens."""
        async with self._slots:
            try:
                lease = await self._open(origins)
            except (Error, TimeoutError):
                # It may have died a moment ago, before anybody could notice: once more with a new one.
                try:
                    lease = await self._open(origins)
                except (Error, TimeoutError) as error:
                    raise BrowserError(f"browser: it opens no page: {first_line(error)}") from error
            loop = asyncio.get_running_loop()
            overdue = loop.call_later(self._budget.visit, self._overdue, lease)

            def wait(seconds: float) -> None:
                nonlocal overdue
                overdue.cancel()
                overdue = loop.call_at(overdue.when() + seconds, self._overdue, lease)

            try:
                yield replace(lease.tab, wait=wait)
                self._failed.pop(frozenset(origins), None)
            except BrowserError as error:
                await self._keep(lease, frozenset(origins), error)
                raise
            finally:
                overdue.cancel()
                await asyncio.shield(self._aside(self._give_back(lease.running, lease.closing)))

    async def current(self) -> RunningBrowser | None:
        """The browser that new visits get, if one was launched. Raises BrowserError."""
        return None if self._current is None else await asyncio.shield(self._current)

    async def close(self) -> None:
        """Ends the browser; visits under way fail."""
        async with self._lock:
            if self._current is not None:
                with contextlib.suppress(BrowserError):
                    await (await self._current).end()
            self._current = None
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._no_way.aclose()

    async def _keep(self, lease: _Lease, origins: frozenset[WebOrigin], error: BrowserError) -> None:
        """The next visit there is recorded; of this one the record is kept, where there is one."""
        if origins not in self._failed:
            if len(self._failed) < _SUSPECTS:
                self._failed[origins] = None
            return
        with contextlib.suppress(Error, TimeoutError, OSError, ValueError, KeyError, BadZipFile):
            async with asyncio.timeout(self._budget.close):
                error.trace = await trace.taken(lease.tab.page.context)

    def _overdue(self, lease: _Lease) -> None:
        """Takes the context away from a visit that takes too long: whatever it waits for then fails."""
        lease.tab.egress.stop(f"timeout: the visit took more than {self._budget.visit:g} s")
        lease.close()

    async def _open(self, origins: AbstractSet[WebOrigin]) -> _Lease:
        running = await self._lease()
        closing = contextlib.AsyncExitStack()
        try:
            async with asyncio.timeout(self._budget.open):
                egress = Egress(origins, self._budget.navigations)
                passage = await closing.enter_async_context(self._guard.passage(origins, egress.stop))
                egress.behind(passage)
                context = await self._new_context(running.browser, passage)
                close = self._closer(running, context)
                closing.push_async_callback(close)
                if frozenset(origins) in self._failed:
                    await trace.begin(context)
                return _Lease(running, await self._tab(context, egress), closing, close)
        except BaseException:
            # It opens nothing, or holds a context without an owner: no more visits there.
            running.spent = True
            await asyncio.shield(self._aside(self._give_back(running, closing)))
            raise

    async def _lease(self) -> RunningBrowser:
        async with self._lock:
            if self._nowhere is None:
                self._nowhere = await self._no_way.enter_async_context(self._guard.passage(()))
            if self._current is None or self._is_spent(self._current):
                how = Launch(self._executable, self._sandbox, self._env, self._nowhere.url, self._budget)
                self._current = asyncio.create_task(RunningBrowser.launch(how))
            # A cancelled visit must not leave a half-started browser that nobody knows.
            running = await asyncio.shield(self._current)
            running.visits += 1
            running.open += 1
            return running

    def _is_spent(self, task: asyncio.Task[RunningBrowser]) -> bool:
        if not task.done():
            return False
        if task.cancelled() or task.exception() is not None:
            return True
        running = task.result()
        worn = running.spent or running.visits >= self._visits_per_browser
        if running.browser.is_connected() and not worn:
            return False
        running.spent = True
        self._aside(self._settle(running))
        return True

    async def _new_context(self, browser: Browser, passage: EgressProxy) -> BrowserContext:
        return await browser.new_context(
            viewport={"width": self._budget.picture_width, "height": 720},
            service_workers="block",
            accept_downloads=False,
            permissions=[],
            # Without this entry Chromium goes to loopback directly.
            proxy={"server": passage.url, "bypass": "<-loopback>"},
        )

    async def _tab(self, context: BrowserContext, egress: Egress) -> Tab:
        # Nobody listens for dialogs: Playwright then dismisses each by itself.
        context.set_default_timeout(self._budget.open * 1000)
        context.set_default_navigation_timeout(self._budget.goto * 1000)
        await egress.guard(context)
        page = await context.new_page()
        egress.watch(page)
        popups = 0

        def close(popup: Page) -> None:
            nonlocal popups
            popups += 1
            if popups > _POPUPS:
                egress.stop(f"budget_exceeded: the page opened more than {_POPUPS} windows")
            self._aside(close_within(popup.close(), self._budget.close))

        context.on("page", close)
        return Tab(page, await context.new_cdp_session(page), egress)

    def _closer(self, running: RunningBrowser, context: BrowserContext) -> Callable[[], asyncio.Task[None]]:
        """Closes the context once, and waits for that: whoever closed it again would go on at once."""
        closing: asyncio.Task[None] | None = None

        def close() -> asyncio.Task[None]:
            nonlocal closing
            closing = closing or self._aside(self._close_context(running, context))
            return closing

        return close

    async def _close_context(self, running: RunningBrowser, context: BrowserContext) -> None:
        if not await close_within(context.close(), self._budget.close):
            running.spent = True  # its renderer hangs: this browser ends after its last visit

    async def _give_back(self, running: RunningBrowser, closing: contextlib.AsyncExitStack) -> None:
        await closing.aclose()
        running.open -= 1
        await self._settle(running)
        if not running.spent:
            self._aside(self._weigh(running))

    async def _weigh(self, running: RunningBrowser) -> None:
        await running.weigh(self._memory_mb)
        await self._settle(running)

    async def _settle(self, running: RunningBrowser) -> None:
        """Ends a browser that takes no more visits once the last is over: what hangs in it would go on."""
        if running.spent and running.open == 0:
            await running.end()

    def _aside(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
