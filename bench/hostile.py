"""Pages that are broken or mean harm: none hangs, none gets out, nothing is left behind."""

import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench._rehearsal import rehearse
from runtime.local.chromium import find_chromium, wrapper
from runtime.local_settings import CliSettings


def main() -> int:
    """Exit code 1 where a count is not 0, or a page ended otherwise than it must."""
    configured = CliSettings().chromium
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        sandbox = find_chromium(configured, cache).sandbox
        tally = asyncio.run(rehearse(wrapper(cache, configured), sandbox=sandbox))
    for line in tally.wrong:
        print(line)
    told = {name: value for name, value in asdict(tally).items() if name != "wrong"}
    print(json.dumps(told | {"wrong": len(tally.wrong)}))
    return 1 if tally.egress or tally.hangs or tally.orphans or tally.wrong else 0
