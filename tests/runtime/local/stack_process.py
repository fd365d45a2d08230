"""Runs a local stack; takes its data directory and its servers as arguments, and prints their ids as JSON."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from runtime.local.processes import Supervisor
from runtime.local.servers import LocalServers, ServerName


async def main() -> None:
    supervisor = Supervisor(lambda _: None)
    with LocalServers(Path(sys.argv[1]), lambda _: None) as servers:
        addresses = await servers.start(supervisor, [ServerName(name) for name in sys.argv[2].split(",")])
        summary = {"pids": [child.pid for child in supervisor.children], "addresses": asdict(addresses)}
        sys.stdout.write(json.dumps(summary) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


asyncio.run(main())
