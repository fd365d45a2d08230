"""The console: first load, largest paint, 10,000 missions scrolled, and events while 200 people watch.

It wants a quiet machine: all but the first load are times. Exit code 1 where a budget is missed.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from api.routes.console import FILES
from bench._console_measures import MISSIONS, event_to_paint, first_load, largest_paint, scrolling
from bench._console_site import console_site
from runtime.local.chromium import find_chromium
from runtime.local_settings import CliSettings

BUDGETS = {
    "first_load_kb_gz": 180,
    "route_chunk_kb_gz": 60,
    "largest_paint_ms": 1500,
    "rows_in_page": 80,
    "scroll_longest_task_ms": 50,
    "event_to_paint_p95_ms": 500,
}
"""At most; the last is our own."""
WATCHERS, EVENTS = 200, 100


def main() -> int:
    """Exit code 1 where a budget is missed, 2 where there is no console."""
    if not (FILES / "index.html").is_file():
        print("The console is not built here: make setup.", file=sys.stderr)
        return 2
    told = asyncio.run(_measured())
    missed = [name for name, most in BUDGETS.items() if told[name] > most]
    print(json.dumps({**told, "missions": MISSIONS, "watchers": WATCHERS, "missed": missed}))
    return 1 if missed else 0


def _chunk() -> float:
    """Kilobytes of the largest script besides the first."""
    later = (one for one in (FILES / "assets").glob("*.js.gz") if not one.name.startswith("index-"))
    return round(max(one.stat().st_size for one in later) / 1024, 1)


async def _measured() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        chromium = find_chromium(CliSettings().chromium, Path(folder)).path
        async with console_site() as site, async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=chromium)  # it sees our own pages only
            mission = await site.mission()
            await site.copies(mission, MISSIONS)
            told = {"first_load_kb_gz": await first_load(browser, site), "route_chunk_kb_gz": _chunk()}
            told["largest_paint_ms"] = await largest_paint(browser, site)
            rows, task = await scrolling(browser, site)
            told |= {"scroll_longest_task_ms": task, "rows_in_page": rows}
            told["event_to_paint_p95_ms"] = await event_to_paint(browser, site, mission, WATCHERS, EVENTS)
            await browser.close()
            return told
