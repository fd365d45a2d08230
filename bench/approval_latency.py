"""Time from an approver's PATCH to the call of the target, relative to a bare workflow with as many commits.

`NAME="approval-latency 20"` measures 20 pairs instead of 100. The ratio of the medians must be 1.5 at most.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench._approval_stack import bench_servers
from bench._latency import ApprovalLatency
from runtime.local.servers import ServerName

MOST = 1.5


def main() -> int:
    """Exit code 1 if the ratio is higher."""
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    figures = asyncio.run(_measured(pairs))
    print(json.dumps(figures))
    return 1 if figures["ratio"] > MOST else 0


async def _measured(pairs: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with bench_servers(ServerName) as place:
            return await ApprovalLatency(place, Path(folder)).run(pairs)
