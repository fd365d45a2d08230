import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from playwright.async_api import Browser, BrowserContext, CDPSession, Error, Page

from adapters.browser.budget import Budget
from adapters.browser.egress_filter import EgressFilter
from adapters.browser.egress_proxy import EgressProxy, EgressProxyFactory
from adapters.browser.errors import first_line
from adapters.browser.origins import WebOrigin
from adapters.browser.running_browser import LaunchOptions, RunningBrowser, close_within
from adapters.browser.trace import start_trace, stop_trace
from missions.errors import BrowserError

_MAX_POPUPS = 20
_MAX_FAILED = 100


@dataclass(frozen=True)
class Tab:
    """The only page of a visit's own browser context, its DevTools session, and its egress filter.

    `extend` moves the visit's deadline by some seconds.
    """

    page: Page
    cdp: CDPSession
    egress: EgressFilter
    extend: Callable[[float], None] = lambda _: None


@dataclass(frozen=True)
class _Lease:
    """A visit's share of a browser: `resources` closes its context, then its proxy."""

    running: RunningBrowser
    tab: Tab
    resources: contextlib.AsyncExitStack
    close_context: Callable[[], asyncio.Task[None]]


class BrowserPool:
    """One Chromium per worker, launched for the first visit.

    It is replaced when it died, is old, holds more than `memory_mb`, or when one of its pages would not
    close. `slots` is the number of simultaneous visits. `env` is Chromium's whole environment: nothing is
    inherited. Every context has an egress proxy of its own, which leads to its own origins only.
    """

    def __init__(
        self,
        executable: Path,
        *,
        sandbox: bool,
        slots: int,
        env: Mapping[str, str],
        proxies: EgressProxyFactory,
        visits_per_browser: int = 200,
        memory_mb: float = 1500,
        budget: Budget | None = None,
    ) -> None:
        self._executable = executable
        self._sandbox = sandbox
        self._env = dict(env)
        self._proxies = proxies
        self._visits_per_browser = visits_per_browser
        self._memory_mb = memory_mb
        self._budget = budget or Budget()
        self._slots = asyncio.Semaphore(slots)
        self._lock = asyncio.Lock()
        self._current: asyncio.Task[RunningBrowser] | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self._resources = contextlib.AsyncExitStack()
        self._blocking_proxy: EgressProxy | None = None
        self._failed: dict[AbstractSet[WebOrigin], None] = {}

    @contextlib.asynccontextmanager
    async def context(self, origins: AbstractSet[WebOrigin]) -> AsyncIterator[Tab]:
        """A fresh context whose one page may reach these origins; it is always closed at the end."""
        async with self._slots:
            try:
                lease = await self._open(origins)
            except (Error, TimeoutError):
                # The browser may have died a moment ago, before the pool noticed: try once with a new one.
                try:
                    lease = await self._open(origins)
                except (Error, TimeoutError) as error:
                    raise BrowserError(f"browser: it opens no page: {first_line(error)}") from error
            loop = asyncio.get_running_loop()
            limit = self._budget.visit
            deadline = loop.call_later(limit, self._on_deadline, lease, limit)

            def extend(seconds: float) -> None:
                nonlocal deadline, limit
                deadline.cancel()
                limit += seconds
                deadline = loop.call_at(deadline.when() + seconds, self._on_deadline, lease, limit)

            try:
                yield replace(lease.tab, extend=extend)
                self._failed.pop(frozenset(origins), None)
            except BrowserError as error:
                await self._attach_trace(lease, frozenset(origins), error)
                raise
            finally:
                deadline.cancel()
                await asyncio.shield(self._in_background(self._release(lease.running, lease.resources)))

    async def current(self) -> RunningBrowser | None:
        """The browser of new visits, if one was launched. Raises BrowserError."""
        return None if self._current is None else await asyncio.shield(self._current)

    async def close(self) -> None:
        """Closes the browser; open visits fail."""
        async with self._lock:
            if self._current is not None:
                with contextlib.suppress(BrowserError):
                    await (await self._current).close()
            self._current = None
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._resources.aclose()

    async def _attach_trace(self, lease: _Lease, origins: frozenset[WebOrigin], error: BrowserError) -> None:
        """After a first failure, marks the origins so that the next visit is traced; then adds its trace."""
        if origins not in self._failed:
            if len(self._failed) < _MAX_FAILED:
                self._failed[origins] = None
            return
        with contextlib.suppress(Error, TimeoutError, OSError, ValueError, KeyError, BadZipFile):
            async with asyncio.timeout(self._budget.close):
                error.trace = await stop_trace(lease.tab.page.context)

    def _on_deadline(self, lease: _Lease, limit: float) -> None:
        """Closes the context of a visit that takes too long: its open calls then fail."""
        lease.tab.egress.stop(f"timeout: the visit took more than {limit:g} s")
        lease.close_context()

    async def _open(self, origins: AbstractSet[WebOrigin]) -> _Lease:
        running = await self._acquire()
        resources = contextlib.AsyncExitStack()
        try:
            async with asyncio.timeout(self._budget.open):
                egress = EgressFilter(origins, self._budget.navigations)
                proxy = await resources.enter_async_context(self._proxies.proxy(origins, egress.stop))
                egress.set_proxy(proxy)
                context = await self._new_context(running.browser, proxy)
                close_context = self._close_once(running, context)
                resources.push_async_callback(close_context)
                if frozenset(origins) in self._failed:
                    await start_trace(context)
                return _Lease(running, await self._tab(context, egress), resources, close_context)
        except BaseException:
            # The browser opens no page, or holds a context without an owner.
            running.retired = True
            await asyncio.shield(self._in_background(self._release(running, resources)))
            raise

    async def _acquire(self) -> RunningBrowser:
        async with self._lock:
            if self._blocking_proxy is None:
                self._blocking_proxy = await self._resources.enter_async_context(self._proxies.proxy(()))
            if self._current is None or self._must_replace(self._current):
                options = LaunchOptions(
                    self._executable, self._sandbox, self._env, self._blocking_proxy.url, self._budget
                )
                self._current = asyncio.create_task(RunningBrowser.launch(options))
            # A cancelled visit must not cancel the launch: a half-started browser would be left behind.
            running = await asyncio.shield(self._current)
            running.visits += 1
            running.open_visits += 1
            return running

    def _must_replace(self, launch: asyncio.Task[RunningBrowser]) -> bool:
        if not launch.done():
            return False
        if launch.cancelled() or launch.exception() is not None:
            return True
        running = launch.result()
        is_old = running.retired or running.visits >= self._visits_per_browser
        if running.browser.is_connected() and not is_old:
            return False
        running.retired = True
        self._in_background(self._close_if_unused(running))
        return True

    async def _new_context(self, browser: Browser, proxy: EgressProxy) -> BrowserContext:
        return await browser.new_context(
            viewport={"width": self._budget.picture_width, "height": 720},
            service_workers="block",
            accept_downloads=False,
            permissions=[],
            # Without this entry Chromium connects to loopback addresses directly.
            proxy={"server": proxy.url, "bypass": "<-loopback>"},
        )

    async def _tab(self, context: BrowserContext, egress: EgressFilter) -> Tab:
        # Without a listener for dialogs Playwright dismisses each by itself.
        context.set_default_timeout(self._budget.open * 1000)
        context.set_default_navigation_timeout(self._budget.goto * 1000)
        await egress.install(context)
        page = await context.new_page()
        egress.watch(page)
        popups = 0

        def close_popup(popup: Page) -> None:
            nonlocal popups
            popups += 1
            if popups > _MAX_POPUPS:
                egress.stop(f"budget_exceeded: the page opened more than {_MAX_POPUPS} windows")
            self._in_background(close_within(popup.close(), self._budget.close))

        context.on("page", close_popup)
        return Tab(page, await context.new_cdp_session(page), egress)

    def _close_once(
        self, running: RunningBrowser, context: BrowserContext
    ) -> Callable[[], asyncio.Task[None]]:
        """A function that closes the context; every call returns the task of the first one."""
        closing: asyncio.Task[None] | None = None

        def close() -> asyncio.Task[None]:
            nonlocal closing
            closing = closing or self._in_background(self._close_context(running, context))
            return closing

        return close

    async def _close_context(self, running: RunningBrowser, context: BrowserContext) -> None:
        if not await close_within(context.close(), self._budget.close):
            running.retired = True  # its renderer hangs

    async def _release(self, running: RunningBrowser, resources: contextlib.AsyncExitStack) -> None:
        await resources.aclose()
        running.open_visits -= 1
        await self._close_if_unused(running)
        if not running.retired:
            self._in_background(self._check_memory(running))

    async def _check_memory(self, running: RunningBrowser) -> None:
        await running.retire_above(self._memory_mb)
        await self._close_if_unused(running)

    async def _close_if_unused(self, running: RunningBrowser) -> None:
        """Closes a retired browser after its last visit, with whatever hangs in it."""
        if running.retired and running.open_visits == 0:
            await running.close()

    def _in_background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
