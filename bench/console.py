"""The console: first load, largest paint, scrolling 10,000 missions, and events with 200 watchers.

It needs a quiet machine: most budgets are times.
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
"""Upper limits."""
WATCHERS, EVENTS = 200, 100


def main() -> int:
    """Exit code 1 if a budget is missed, 2 without a built console."""
    if not (FILES / "index.html").is_file():
        print("The console is not built: run make setup.", file=sys.stderr)
        return 2
    figures = asyncio.run(_measured())
    missed = [name for name, most in BUDGETS.items() if figures[name] > most]
    print(json.dumps({**figures, "missions": MISSIONS, "watchers": WATCHERS, "missed": missed}))
    return 1 if missed else 0


def _chunk() -> float:
    """Compressed kilobytes of the largest script except the first."""
    later = (path for path in (FILES / "assets").glob("*.js.gz") if not path.name.startswith("index-"))
    return round(max(path.stat().st_size for path in later) / 1024, 1)


async def _measured() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        chromium = find_chromium(CliSettings().chromium, Path(folder)).path
        async with console_site() as site, async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=chromium
            )  # without a sandbox: it opens only the console
            mission = await site.mission()
            await site.copies(mission, MISSIONS)
            figures = {"first_load_kb_gz": await first_load(browser, site), "route_chunk_kb_gz": _chunk()}
            figures["largest_paint_ms"] = await largest_paint(browser, site)
            rows, task = await scrolling(browser, site)
            figures |= {"scroll_longest_task_ms": task, "rows_in_page": rows}
            figures["event_to_paint_p95_ms"] = await event_to_paint(browser, site, mission, WATCHERS, EVENTS)
            await browser.close()
            return figures
