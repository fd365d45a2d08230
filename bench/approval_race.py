"""Approvals under attack: racing deciders, forged signals, cancels, wrong clocks, kill -9.

Violations must be 0. `NAME="approval-race 100"` runs 100 instead of 1,000.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from bench._approval_stack import bench_servers
from bench._race import Race


def main() -> int:
    """Exit code 1 if there is a violation."""
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    figures = asyncio.run(_race(size))
    print(json.dumps(figures))
    return 1 if figures["violations"] else 0


async def _race(size: int) -> dict[str, int | float]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with bench_servers() as place:
            race = Race(place, Path(folder), random.Random(size))  # noqa: S311  must be repeatable
            figures = await race.run(size)
    return figures | {"seconds": round(time.monotonic() - began, 1)}
