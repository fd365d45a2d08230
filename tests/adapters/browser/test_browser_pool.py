"""Each worker has one Chromium, which gets a clean environment, and is replaced when it dies or is old."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from local_egress import local_proxies
from playwright.async_api import Error

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.browser.origins import origin_of
from missions.errors import BrowserError

NOWHERE: frozenset[Any] = frozenset()


@asynccontextmanager
async def made(chromium: Path, **more: Any) -> AsyncIterator[BrowserPool]:
    options: dict[str, Any] = {"sandbox": False, "slots": 2, "env": {}, "proxies": local_proxies()} | more
    pool = BrowserPool(chromium, **options)
    try:
        yield pool
    finally:
        await pool.close()


def children() -> set[psutil.Process]:
    """Every main process of a Chromium, and its wrapper, below this process."""
    mains = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("--remote-debugging" in part for part in process.cmdline()):
                mains.add(process)
    return mains


def environment_of(process: psutil.Process) -> bytes:
    """The environment of the process, unparsed from the kernel."""
    return Path(f"/proc/{process.pid}/environ").read_bytes()


async def test_a_killed_browser_is_replaced(chromium: Path) -> None:
    """After kill -9 the current visit fails and the next one works."""
    before = children()
    async with made(chromium) as pool:
        async with pool.context(NOWHERE) as tab:
            assert await tab.page.evaluate("1 + 1") == 2
        for browser in children() - before:
            browser.kill()
        async with pool.context(NOWHERE) as tab:
            assert await tab.page.evaluate("1 + 1") == 2
            for browser in children() - before:
                browser.kill()
            with pytest.raises(Exception, match=r"closed|crashed"):
                await tab.page.evaluate("1 + 1")
        async with pool.context(NOWHERE) as tab:
            assert await tab.page.evaluate("1 + 1") == 2
    assert children() == before


async def test_visits_leave_nothing_open(chromium: Path) -> None:
    """After visits that succeed, fail or are cancelled, the browser has no open context."""
    async with made(chromium) as pool:

        async def fail() -> None:
            async with pool.context(NOWHERE):
                raise RuntimeError

        opened = asyncio.Event()

        async def hang() -> None:
            async with pool.context(NOWHERE):
                opened.set()
                await asyncio.Event().wait()

        for _ in range(5):
            async with pool.context(NOWHERE):
                pass
            with pytest.raises(RuntimeError):
                await fail()
        hanging = asyncio.create_task(hang())
        await opened.wait()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        assert pool._current is not None
        running = await pool._current
        assert running.browser.contexts == []
        assert (running.visits, running.open_visits) == (11, 0)


async def test_an_old_browser_is_recycled_after_its_last_visit(chromium: Path) -> None:
    """After two visits a new browser is launched, and the old one ends with its last context."""
    before = children()
    async with made(chromium, visits_per_browser=2) as pool:
        async with pool.context(NOWHERE) as first:
            async with pool.context(NOWHERE):
                pass
            old = children() - before
            async with pool.context(NOWHERE):
                assert children() - before > old
                assert await first.page.evaluate("1 + 1") == 2
        assert not old & children()
        assert children() - before, "the new browser is gone"


async def test_slots_bound_the_visits(chromium: Path) -> None:
    """With two slots a third visit waits until one ends."""
    async with made(chromium) as pool:
        async with pool.context(NOWHERE), pool.context(NOWHERE):
            third = asyncio.create_task(pool.context(NOWHERE).__aenter__())
            done, _ = await asyncio.wait({third}, timeout=0.3)
            assert not done
            third.cancel()
            await asyncio.gather(third, return_exceptions=True)
        async with pool.context(NOWHERE) as tab:
            assert tab.page.url == "about:blank"


async def test_chromium_inherits_no_secret(chromium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's environment does not reach any browser process."""
    monkeypatch.setenv("CANARY_SECRET", "canary-5f1c")
    before = children()
    async with made(chromium, env={"LANG": "C.UTF-8"}) as pool, pool.context(NOWHERE):
        started = children() - before
        assert started
        for browser in started:
            environment = environment_of(browser)
            assert b"canary-5f1c" not in environment
            assert b"LANG=C.UTF-8" in environment


async def test_a_browser_that_does_not_start_is_a_typed_failure(tmp_path: Path) -> None:
    """A browser that does not start raises BrowserError at each attempt."""
    async with made(tmp_path / "nothing", budget=Budget(launch=5)) as pool:
        for _ in range(2):
            with pytest.raises(BrowserError, match="browser: it did not start"):
                async with pool.context(NOWHERE):
                    pass


async def test_a_browser_that_holds_too_much_is_recycled(chromium: Path) -> None:
    """A browser that uses too much memory after a visit is replaced."""
    before = children()
    async with made(chromium, memory_mb=10) as pool:
        async with pool.context(NOWHERE):
            first = children() - before
        assert first
        await asyncio.gather(*pool._background)
        assert not first & children(), "the old browser is still running"
        async with pool.context(NOWHERE) as tab:
            assert await tab.page.evaluate("1 + 1") == 2
            assert not first & children()
    async with made(chromium, memory_mb=5000) as pool:
        async with pool.context(NOWHERE):
            first = children() - before
        await asyncio.gather(*pool._background)
        async with pool.context(NOWHERE):
            assert first <= children(), "the browser was replaced below the limit"


async def test_f3_a_page_that_hangs_is_taken_away(chromium: Path) -> None:
    """An endless script ends the visit at its deadline with a reason, and the next visit works."""
    before = children()
    async with made(chromium, budget=Budget(visit=1.0)) as pool:
        async with pool.context(NOWHERE) as tab:
            with pytest.raises(Error, match="closed"):
                await tab.page.evaluate("for (;;);")
            with pytest.raises(BrowserError, match="timeout: the visit took more than 1 s"):
                tab.egress.raise_if_stopped()
        running = await pool.current()
        assert running is not None
        assert not running.browser.contexts, "the context is still open"
        async with pool.context(NOWHERE) as tab:
            assert await tab.page.evaluate("1 + 1") == 2
    assert children() == before


async def test_f3_a_killed_renderer_ends_the_visit_at_once(chromium: Path, site: Any) -> None:
    """Kill -9 of the renderer ends the visit with a reason, and the browser stays usable."""
    origin = origin_of(site.url)
    assert origin is not None
    async with made(chromium) as pool:
        async with pool.context({origin}) as tab:
            await tab.page.goto(site.url)
            # A context of this pool has a browser; the type also covers persistent contexts without one.
            session = await tab.page.context.browser.new_browser_cdp_session()  # type: ignore[union-attr]
            info = await session.send("SystemInfo.getProcessInfo")
            for process in info["processInfo"]:
                if process["type"] == "renderer":
                    os.kill(process["id"], signal.SIGKILL)
            async with asyncio.timeout(5):
                await tab.egress.stopped.wait()
            with pytest.raises(BrowserError, match="browser: the page crashed"):
                tab.egress.raise_if_stopped()
        async with pool.context({origin}) as tab:
            assert await tab.page.evaluate("1 + 1") == 2
        assert pool._current is not None
        assert (await pool._current).visits == 2


HOLD = """
import asyncio, sys
from pathlib import Path
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.origins import origin_of
from local_egress import local_proxies

async def hold() -> None:
    pool = BrowserPool(Path(sys.argv[1]), sandbox=False, slots=1, env={}, proxies=local_proxies())
    async with pool.context(frozenset()) as tab:
        hanging = asyncio.ensure_future(tab.page.evaluate("for (;;);"))
        print("up", flush=True)
        await hanging

asyncio.run(hold())
"""


async def test_i6_nothing_outlives_a_killed_worker(chromium: Path, tmp_path: Path, root: Path) -> None:
    """Kill -9 during a hanging page leaves no process and no temporary directory."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, str(chromium)),
        env={"PYTHONPATH": f"{root}:{root}/tests/fakes", "TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"up\n"
    browsers = psutil.Process(worker.pid).children(recursive=True)
    assert len(browsers) > 3
    assert list(os.scandir(tmp_path))
    worker.kill()
    await worker.wait()

    def left() -> bool:
        return any(browser.is_running() for browser in browsers) or bool(list(os.scandir(tmp_path)))

    async with asyncio.timeout(20):
        while left():  # noqa: ASYNC110  other processes
            await asyncio.sleep(0.05)
