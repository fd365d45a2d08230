import asyncio
import json
import time
from collections import Counter
from statistics import median
from uuid import UUID

import numpy as np
from playwright.async_api import Browser, CDPSession, Page

from bench._console_site import EMAIL, PASSWORD, ConsoleSite
from missions.event import Planned, Started
from missions.plan import Plan
from runtime.topology import ORG

WAIT_MS = 60_000
SLOWER = 4
LOADS = 5
MISSIONS = 10_000
ROWS = "[role=table] [data-row]"
_PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
    const last = list.getEntries().at(-1);
    if (last) done(last.startTime);
}).observe({type: "largest-contentful-paint", buffered: true}))"""
_SCROLL = """async () => {
    const box = document.querySelector("[role=table]");
    const frame = () => new Promise(requestAnimationFrame);
    let most = 0, still = 0, last = -1;
    while (still < 600) {
        box.scrollTop += 900;
        await frame();
        most = Math.max(most, box.querySelectorAll("[data-row]").length);
        still = box.scrollTop === last ? still + 1 : 0;
        last = box.scrollTop;
        if (document.querySelector('[data-row="%d"]')) break;
    }
    return [most, document.querySelectorAll('[data-row="%d"]').length];
}"""
_HEAR = """() => {
    globalThis.painted = {};
    const look = () => {
        const last = Number(document.querySelector("ol[data-steps]")?.dataset.steps ?? 0);
        requestAnimationFrame(() => setTimeout(() => {
            for (let seq = last; seq > 0 && !(seq in globalThis.painted); seq--)
                globalThis.painted[seq] = Date.now();
        }));
    };
    new MutationObserver(look).observe(document.querySelector("ol[data-steps]"),
        {attributes: true, childList: true});
}"""


async def signed_in(browser: Browser, site: ConsoleSite) -> Page:
    """The page of missions, signed in as the reader."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    await page.goto(site.url)
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator(ROWS).first.wait_for()
    return page


async def first_load(browser: Browser, site: ConsoleSite) -> float:
    """Compressed kilobytes of page, scripts and styles that an empty cache loads until the rows appear."""
    page = await signed_in(browser, site)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Network.enable")
    await cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    cdp.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    cdp.on(
        "Network.dataReceived", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
    )
    await page.reload(wait_until="networkidle")
    await page.locator(ROWS).first.wait_for()
    wanted = {"Document", "Script", "Stylesheet"}
    loaded = sum(size for request_id, size in sizes.items() if kinds.get(request_id) in wanted)
    await page.context.close()
    return round(loaded / 1024, 1)


async def largest_paint(browser: Browser, site: ConsoleSite) -> float:
    """Median milliseconds to the largest paint of the missions page on a CPU slowed down four times."""
    page = await signed_in(browser, site)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    seen = []
    for _ in range(LOADS):
        await page.reload()
        await page.locator(ROWS).first.wait_for()
        seen.append(float(await page.evaluate(_PAINTED)))
    await page.context.close()
    return round(median(seen))


async def scrolling(browser: Browser, site: ConsoleSite) -> tuple[int, float]:
    """Scrolls through all missions: the most rows in the page, and its main thread's longest task (ms)."""
    page = await signed_in(browser, site)
    cdp = await page.context.new_cdp_session(page)
    traced: list[dict[str, object]] = []
    ended = asyncio.Event()
    cdp.on("Tracing.dataCollected", lambda event: traced.extend(event["value"]))
    cdp.on("Tracing.tracingComplete", lambda _: ended.set())
    browser_cdp: CDPSession = await browser.new_browser_cdp_session()
    browser_cdp.on("Tracing.dataCollected", lambda event: traced.extend(event["value"]))
    browser_cdp.on("Tracing.tracingComplete", lambda _: ended.set())
    categories = ["toplevel", "disabled-by-default-devtools.timeline", "__metadata"]
    await browser_cdp.send("Tracing.start", {"traceConfig": {"includedCategories": categories}})
    rows, reached = await page.evaluate(_SCROLL % (MISSIONS, MISSIONS))
    await browser_cdp.send("Tracing.end")
    async with asyncio.timeout(60):
        await ended.wait()
    await page.context.close()
    if not reached:
        raise RuntimeError("Scrolling did not reach the last mission.")
    return int(rows), longest(traced)


def longest(traced: list[dict[str, object]]) -> float:
    """The longest task of any page's main thread, in milliseconds."""
    mains = {
        (entry["pid"], entry["tid"])
        for entry in traced
        if entry.get("name") == "thread_name" and "CrRendererMain" in json.dumps(entry.get("args"))
    }
    tasks = [
        float(str(entry.get("dur", 0))) / 1000
        for entry in traced
        if str(entry.get("name", "")).endswith("RunTask") and (entry["pid"], entry["tid"]) in mains
    ]
    if not tasks:
        raise RuntimeError("The trace has no task of the page's main thread.")
    return round(max(tasks), 1)


async def event_to_paint(
    browser: Browser, site: ConsoleSite, mission: UUID, watchers: int, events: int
) -> float:
    """95th percentile of milliseconds from before an event's commit to its paint, with other watchers."""
    page = await signed_in(browser, site)
    await page.goto(f"{site.url}/missions/{mission}")
    await page.locator("[data-freshness=live]").wait_for()
    await page.locator("ol[data-steps]").wait_for()
    await page.evaluate(_HEAR)
    began: dict[int, float] = {}
    async with site.watchers(mission, watchers):
        await _append(site, mission, Started())
        for n in range(events):
            at = time.time() * 1000
            began[await _append(site, mission, _planned(n))] = at
            await asyncio.sleep(0.2)  # the highest rate of a mission's events
        last = max(began)
        await page.wait_for_function("last => last in globalThis.painted", arg=last)
    painted: dict[str, float] = await page.evaluate("globalThis.painted")
    await page.context.close()
    took = [painted[str(seq)] - at for seq, at in began.items()]
    return round(float(np.percentile(took, 95)), 1)


async def _append(site: ConsoleSite, mission: UUID, payload: Started | Planned) -> int:
    """Commits and announces an event, as a missions worker does."""
    recorded = await site.journal.append(ORG, mission, "agent", payload)
    await site.announcer.announce(ORG, recorded)
    return recorded.event.seq


def _planned(n: int) -> Planned:
    """An event that differs from all others."""
    return Planned(
        plan=Plan.model_validate(
            {"targets": (), "window": 60, "environment": f"e{n}", "actions": (), "decide_within": 600}
        )
    )
