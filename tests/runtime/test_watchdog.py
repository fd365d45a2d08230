"""BR13: a process whose event loop stands still ends itself, and its supervisor restarts it."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import stalling_process
from loopback import dead_port
from served_api import PAYLOAD_KEY, Urls
from supervised_process import SupervisedProcess
from temporalio.client import Client

from runtime.local.servers import Addresses
from runtime.temporal import has_poller
from runtime.watchdog import watched

Eventually = Callable[..., Awaitable[None]]
PROGRAM = Path(stalling_process.__file__)
LATEST_S = stalling_process.LIMIT_S + 15
"""The limit, 5 s more for calls that hold the interpreter, and some for a busy machine."""


async def test_br13_a_browser_worker_whose_loop_stands_still_is_restarted(
    servers: Addresses, root: Path, tmp_path: Path, eventually: Eventually
) -> None:
    """It logs one line with the stack, ends, and the next process polls the queue."""
    client = await Client.connect(servers.temporal_address)
    key, secret = servers.s3_keys["browser"]
    environment = {
        "ENVIRONMENT": "local",
        "LOG_LEVEL": "ERROR",
        "TEMPORAL_ADDRESS": servers.temporal_address,
        "PAYLOAD_KEYS": PAYLOAD_KEY,
        "REDIS_URL": servers.redis_urls["browser"],
        "S3_ENDPOINT": servers.s3_endpoint,
        "S3_BUCKET": servers.s3_bucket,
        "S3_ACCESS_KEY": key,
        "S3_SECRET_KEY": secret,
        "CHROMIUM": sys.executable,
    }
    worker = SupervisedProcess(PROGRAM, root, tmp_path, environment, "sleep", "workers", "browser")

    async def polls() -> bool:
        return worker.child.returncode is None and await has_poller(client, "browser")

    await worker.supervisor.start(worker.child)
    try:
        await eventually(polls, seconds=60)
        first = worker.child.pid
        await worker.break_loop(eventually, LATEST_S)

        async def restarted() -> bool:
            return worker.child.pid != first and await polls()

        await eventually(restarted, seconds=60)
    finally:
        await worker.supervisor.stop()
    (line,) = worker.lines
    assert (line["level"], line["process"]) == ("critical", "browser")
    assert "the event loop stands still" in line["message"]
    assert "_sleep" in line["stack"]


async def test_br13_an_api_whose_loop_holds_the_interpreter_is_restarted(
    urls: Urls, servers: Addresses, root: Path, tmp_path: Path, eventually: Eventually
) -> None:
    """A call that lets no thread run ends the process as well, with the stacks in its log."""
    url = f"http://127.0.0.1:{(port := dead_port())}"
    key, secret = servers.s3_keys["api"]
    environment = {
        "ENVIRONMENT": "local",
        "LOG_LEVEL": "ERROR",
        "TEMPORAL_ADDRESS": servers.temporal_address,
        "PAYLOAD_KEYS": PAYLOAD_KEY,
        "DATABASE_URL": urls.api,
        "REDIS_URL": servers.redis_urls["api"],
        "S3_ENDPOINT": servers.s3_endpoint,
        "S3_BUCKET": servers.s3_bucket,
        "S3_ACCESS_KEY": key,
        "S3_SECRET_KEY": secret,
        "POLICY_FILE": "policy/demo.json",
        "API_PORT": str(port),
        "PUBLIC_URL": url,
        **dict.fromkeys(("JWT_SECRET", "SEAL_SECRET"), "a-secret-of-the-tests-with-32-bytes-or-more"),
    }
    api = SupervisedProcess(PROGRAM, root, tmp_path, environment, "backtrack", "api")

    async def serves() -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                return (await http.get(f"{url}/api/health/ready")).is_success
            except httpx.HTTPError:
                return False

    await api.supervisor.start(api.child)
    try:
        await eventually(serves, seconds=60)
        await api.break_loop(eventually, LATEST_S)
        await eventually(serves, seconds=60)
    finally:
        await api.supervisor.stop()
    log = api.child.log.read_text()
    assert "Timeout" in log
    assert "_backtrack" in log


BUSY = """
import asyncio, time
from runtime.watchdog import watched

async def work():
    for _ in range(30):
        time.sleep(0.1)  # a busy loop that goes on
        await asyncio.sleep(0)
    return 7

print(asyncio.run(watched(work(), 2.0)))
"""


def test_br13_a_loop_that_goes_on_is_left_alone(root: Path) -> None:
    """A loop that is busy for longer than the limit, in many steps, ends by itself and returns its result."""
    ended = subprocess.run(
        [sys.executable, "-c", BUSY], cwd=root, env={}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "7\n", "")


async def test_br13_the_watchdog_ends_with_its_work() -> None:
    """Nothing watches any more after the work has returned or failed."""
    before = {thread.name for thread in threading.enumerate()}

    async def fail() -> Any:
        assert "watchdog" in {thread.name for thread in threading.enumerate()} - before
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await watched(fail(), 30)
    for thread in threading.enumerate():
        if thread.name == "watchdog":
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()
