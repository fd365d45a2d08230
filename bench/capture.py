"""A picture with its numbers, compared with Playwright's picture alone, at 1, 3 and 5 at once."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.chromium_flags import FLAGS
from adapters.browser.egress_proxy import EgressAllowance, EgressProxyFactory
from adapters.browser.origins import WebOrigin
from bench._captures import (
    BUDGET,
    Captures,
    CaptureTimes,
    browser_pids,
    crop_panels,
    measure_at_once,
    photograph,
    plain_page,
    tabs,
)
from bench._local_egress import local_rules
from bench._memory import measure
from runtime.local.chromium import find_chromium, wrapper
from runtime.local.processes import Supervisor
from runtime.local.servers import LocalServers, ServerName
from runtime.local_settings import CliSettings
from stores.s3 import S3Artifacts

ROUNDS = {1: 24, 3: 10, 5: 8}
LIMITS = {"ratio_at_1": 1.3, "rate_at_5": 0.85, "context_pss": 1.3}
"""At most, at least, at most; relative to Playwright alone in the same run."""


def main() -> int:
    """Exit code 1 if a limit is missed."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(data: Path) -> int:
    configured = CliSettings().chromium
    sandbox, chromium = find_chromium(configured, data).sandbox, wrapper(data, configured)
    async with _stored(data) as artifacts, _site() as port:
        origin, captures = (
            WebOrigin("http", "127.0.0.1", port),
            Captures(f"http://127.0.0.1:{port}/", artifacts),
        )
        guard = EgressProxyFactory(
            local_rules(), allowance=EgressAllowance(exchanges=1_000_000, traffic_bytes=10**10)
        )
        pool = BrowserPool(chromium, sandbox=sandbox, slots=6, env={}, proxies=guard, budget=BUDGET)
        figures: dict[str, Any] = {}
        for count, rounds in ROUNDS.items():
            figures[str(count)] = await _compare(pool, origin, captures, count, rounds)
            print(f"{count} at once: {figures[str(count)]}")
        figures["apart"] = await _apart(pool, origin, captures, chromium, sandbox=sandbox)
        await pool.close()
    seen = {
        "ratio_at_1": figures["1"]["ratio"],
        "rate_at_5": round(figures["5"]["capture"]["per_s"] / figures["5"]["bare"]["per_s"], 2),
        "context_pss": round(figures["apart"]["context_mb"] / figures["apart"]["plain_context_mb"], 2),
    }
    missed = [name for name, value in seen.items() if (value > LIMITS[name]) != (name == "rate_at_5")]
    print(json.dumps({**figures, **seen, "limits": LIMITS, "missed": missed}))
    return 1 if missed else 0


async def _compare(
    pool: BrowserPool, origin: WebOrigin, captures: Captures, count: int, rounds: int
) -> dict[str, Any]:
    """Both sides in the same contexts, in turns; the first turn of each is a warm-up."""
    bare, capture = CaptureTimes(), CaptureTimes()
    async with tabs(pool, origin, count) as ready:
        driver, _ = await browser_pids(pool)
        for number in range(-1, rounds):
            sides = [
                (bare, [partial(captures.bare, tab.page) for tab in ready]),
                (capture, [partial(captures.capture, tab) for tab in ready]),
            ]
            for side, work in sides if number % 2 else reversed(sides):
                await measure_at_once(side if number >= 0 else CaptureTimes(), work, driver)
    ratio = round(capture.figures["ms"] / bare.figures["ms"], 2)
    return {"bare": bare.figures, "capture": capture.figures, "ratio": ratio}


async def _apart(
    pool: BrowserPool, origin: WebOrigin, captures: Captures, chromium: Path, *, sandbox: bool
) -> dict[str, float]:
    """Costs outside the comparison: contexts and their memory, proxy and interception, a crop."""
    guarded, plain, made, made_plain, crops = (
        CaptureTimes(),
        CaptureTimes(),
        CaptureTimes(),
        CaptureTimes(),
        CaptureTimes(),
    )
    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=chromium, chromium_sandbox=sandbox, env={}, args=[*FLAGS]
        )
        pages = [await plain_page(browser)]
        await captures.bare(pages[0])
        _, other = await browser_pids(browser)
        first_plain = sum(measure(other).values())
        async with tabs(pool, origin, 1) as (tab,):
            await captures.bare(tab.page)
            _, ours = await browser_pids(pool)
            picture = await photograph(tab.page)
            for _ in range(12):
                await measure_at_once(guarded, [partial(captures.bare, tab.page)], 0)
                await measure_at_once(plain, [partial(captures.bare, pages[0])], 0)
                await measure_at_once(crops, [partial(crop_panels, picture)], 0)
            first = sum(measure(ours).values())
            async with tabs(pool, origin, 4) as more:
                for extra in more:
                    await captures.bare(extra.page)
                each = (sum(measure(ours).values()) - first) / 4
        for _ in range(4):
            pages.append(await plain_page(browser))
            await captures.bare(pages[-1])
        each_plain = (sum(measure(other).values()) - first_plain) / 4

        async def open_guarded() -> None:
            async with pool.context({origin}):
                pass

        async def open_plain() -> None:
            await (await plain_page(browser)).context.close()

        for _ in range(8):
            await measure_at_once(made, [open_guarded], 0)
            await measure_at_once(made_plain, [open_plain], 0)
        await browser.close()
    return {
        "proxy_ms": round(guarded.figures["ms"] - plain.figures["ms"], 1),
        "crop_ms": crops.figures["ms"],
        "context_ms": made.figures["ms"],
        "plain_context_ms": made_plain.figures["ms"],
        "context_mb": round(each, 1),
        "plain_context_mb": round(each_plain, 1),
    }


@asynccontextmanager
async def _site() -> AsyncIterator[int]:
    """The page's server, in its own process: its port."""
    site = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench._capture_site"), stdout=asyncio.subprocess.PIPE
    )
    assert site.stdout is not None
    try:
        yield int(await site.stdout.readline())
    finally:
        site.kill()
        await site.wait()


@asynccontextmanager
async def _stored(data: Path) -> AsyncIterator[S3Artifacts]:
    """A real S3 server, with the browser worker's key."""
    supervisor = Supervisor(lambda _: None)
    with LocalServers(data / "servers", lambda _: None) as local:
        try:
            places = await local.start(supervisor, [ServerName.SEAWEEDFS])
            artifacts = S3Artifacts(places.bucket("browser"))
            yield artifacts
            await artifacts.close()
        finally:
            await supervisor.stop()
