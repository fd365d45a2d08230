"""Broken and malicious pages: no visit hangs, no page reaches another server, no process is left."""

import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench._hostile_visits import visit_hostile_pages
from runtime.local.chromium import find_chromium, wrapper
from runtime.local_settings import CliSettings


def main() -> int:
    """Exit code 1 if a count is not 0, or a page's outcome is wrong."""
    configured = CliSettings().chromium
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        sandbox = find_chromium(configured, cache).sandbox
        tally = asyncio.run(visit_hostile_pages(wrapper(cache, configured), sandbox=sandbox))
    for line in tally.wrong:
        print(line)
    counts = {name: value for name, value in asdict(tally).items() if name != "wrong"}
    print(json.dumps(counts | {"wrong": len(tally.wrong)}))
    return 1 if tally.egress or tally.hangs or tally.orphans or tally.wrong else 0
