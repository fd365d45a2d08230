"""`python -m demo.shop --port P --data DIR --action-secret-file FILE`: the whole shop."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
from aiohttp import web

from demo.shop.action_api import ActionApi
from demo.shop.cluster import ShopCluster
from demo.shop.log_api import LogApi
from demo.shop.metrics_api import MetricsApi
from demo.shop.query_api import QueryApi
from demo.shop.receipts import Receipts
from demo.shop.site import build_site
from demo.shop.state_api import StateApi
from demo.shop.switch import FaultSwitch, write_line
from demo.shop.trace_api import TraceApi


async def run(port: int, data: Path, secret: bytes) -> None:
    """Runs the shop until its standard input ends or a signal stops it."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with aiohttp.ClientSession() as client, ShopCluster(client) as cluster:
        receipts = Receipts(data / "effects.jsonl")
        site = build_site(
            (
                ActionApi(cluster, receipts, secret),
                QueryApi(cluster.series),
                LogApi(cluster.logs),
                TraceApi(cluster.traces),
                StateApi(cluster),
                MetricsApi(cluster),
            )
        )
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            write_line("READY " + json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}))
            await _first_of(
                asyncio.create_task(FaultSwitch(cluster).run()),
                asyncio.create_task(_wait(stopped)),
                *cluster.background,
            )
        finally:
            await runner.cleanup()


async def _wait(stopped: asyncio.Event) -> None:
    await stopped.wait()


async def _first_of(*tasks: asyncio.Task[None]) -> None:
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()  # an error of the scraper or the load ends the shop


def main() -> int:
    """Reads the arguments. The secret is not one of them: the process list is public."""
    parser = argparse.ArgumentParser(prog="python -m demo.shop", description="A small real web shop.")
    parser.add_argument("--port", type=int, required=True, help="of the dashboard on 127.0.0.1; 0 picks one")
    parser.add_argument("--data", type=Path, required=True, help="folder for effects.jsonl")
    parser.add_argument("--action-secret-file", type=Path, required=True, help="what signs actions")
    arguments = parser.parse_args()
    secret = arguments.action_secret_file.read_text(encoding="utf-8").strip()
    if not secret:
        parser.error("the action secret file is empty")
    arguments.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(arguments.port, arguments.data, secret.encode()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
