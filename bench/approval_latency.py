"""From the PATCH of whoever agrees to the call at the target, beside a bare workflow with as many commits.

`NAME="approval-latency 20"` measures 20 pairs instead of 100. The ratio of the medians must be 1.5 at most.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench._approval_stack import own_place
from bench._latency import Latency
from runtime.local.servers import ServerName

MOST = 1.5


def main() -> int:
    """Exit code 1 where the ratio is above."""
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    told = asyncio.run(_measured(pairs))
    print(json.dumps(told))
    return 1 if told["ratio"] > MOST else 0


async def _measured(pairs: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with own_place(ServerName) as place:
            return await Latency(place, Path(folder)).run(pairs)
