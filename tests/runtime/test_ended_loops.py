"""A process whose loop ended exits within 5 s with one log line, and its supervisor restarts it."""

import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import failing_process
import httpx
import pytest
import socketio
from served_api import PAYLOAD_KEY, Urls, dead_port
from stories import Story
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from missions.workflow_ids import mission_workflow_id
from runtime.local.binaries import script
from runtime.local.processes import Child, Supervisor
from runtime.local.servers import Addresses
from runtime.namespace import SEARCH_ATTRIBUTES
from runtime.temporal import plugin

Eventually = Callable[..., Awaitable[None]]
PROGRAM = Path(failing_process.__file__)
LIMIT_S = 10.0
"""The process takes less than 5 s; its interpreter's end and the supervisor need time on a busy machine."""


class Supervised:
    """A process of the product under the local stack's supervisor."""

    def __init__(self, root: Path, folder: Path, environment: dict[str, str], *module: str) -> None:
        self.endings: list[tuple[float, str]] = []
        self.child = Child(
            module[-1],
            [sys.executable, str(PROGRAM), *module],
            log=folder / f"{module[-1]}.log",
            env=environment | {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
            cwd=root,
        )
        self.supervisor = Supervisor(lambda line: self.endings.append((time.monotonic(), line)))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The process's log, which has one JSON document in each line and nothing else."""
        return [json.loads(line) for line in self.child.log.read_text().splitlines()]

    async def end_loop(self, eventually: Eventually) -> None:
        """Ends the process's loop, and checks that the process exits soon, with code 1 and one line."""
        assert self.child.pid is not None
        began = time.monotonic()
        os.kill(self.child.pid, signal.SIGUSR1)

        async def ended() -> bool:
            return bool(self.endings)

        await eventually(ended)
        at, words = self.endings[0]
        assert at - began < LIMIT_S
        assert "ended with code 1;" in words
        (line,) = (line for line in self.lines if line["level"] in ("error", "critical"))
        assert (line["level"], line["loop"]) == ("critical", "failing")
        assert "a bug of the loop" in line["reason"]


@pytest.fixture
async def own_temporal() -> AsyncIterator[Client]:
    """A Temporal server for this test only, so that its worker gets no other missions."""
    environment = await WorkflowEnvironment.start_local(
        plugins=[plugin(None)],
        dev_server_existing_path=str(script("temporal")),
        dev_server_log_level="error",
        search_attributes=[SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES],
    )
    async with environment:
        yield environment.client


def environment_of(places: Addresses, temporal: str, name: str, database: str) -> dict[str, str]:
    """The variables that the API and the missions worker share."""
    key, secret = places.s3_keys[name]
    return {
        "ENVIRONMENT": "local",
        "LOG_LEVEL": "WARNING",
        "TEMPORAL_ADDRESS": temporal,
        "PAYLOAD_KEYS": PAYLOAD_KEY,
        "DATABASE_URL": database,
        "REDIS_URL": places.redis_urls[name],
        "S3_ENDPOINT": places.s3_endpoint,
        "S3_BUCKET": places.s3_bucket,
        "S3_ACCESS_KEY": key,
        "S3_SECRET_KEY": secret,
        "POLICY_FILE": "policy/demo.json",
    }


async def test_a_missions_worker_is_restarted_and_loses_no_message(
    story: Story,
    urls: Urls,
    servers: Addresses,
    own_temporal: Client,
    root: Path,
    tmp_path: Path,
    eventually: Eventually,
) -> None:
    """A mission that is created while the worker is down is started once, by the next worker."""
    address = own_temporal.service_client.config.target_host
    environment = environment_of(servers, address, "missions", urls.missions)
    worker = Supervised(root, tmp_path, environment, "workers", "missions")

    async def sent() -> bool:
        return await story.run("SELECT 1 FROM shared.outbox") == []

    await worker.supervisor.start(worker.child)
    try:
        await eventually(sent, seconds=60)
        await worker.end_loop(eventually)
        later = (await story.another()).mission.id
        await eventually(sent, seconds=60)
    finally:
        await worker.supervisor.stop()
    for mission in (story.mission_id, later):
        handle = own_temporal.get_workflow_handle(mission_workflow_id("demo", mission))
        await handle.describe()


async def test_an_api_is_restarted_with_a_client_connected(
    urls: Urls, servers: Addresses, root: Path, tmp_path: Path, eventually: Eventually
) -> None:
    """An open WebSocket does not delay the exit, and the next process serves at the same address."""
    url = f"http://127.0.0.1:{(port := dead_port())}"
    secret = "a-secret-of-the-tests-with-32-bytes-or-more"
    environment = environment_of(servers, servers.temporal_address, "api", urls.api) | {
        "API_PORT": str(port),
        "PUBLIC_URL": url,
        **dict.fromkeys(("JWT_SECRET", "SEAL_SECRET"), secret),
    }
    api = Supervised(root, tmp_path, environment, "api")

    async def serves() -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                return (await http.get(f"{url}/api/health/ready")).is_success
            except httpx.HTTPError:
                return False

    await api.supervisor.start(api.child)
    try:
        await eventually(serves, seconds=60)
        client = socketio.AsyncClient(reconnection=False)
        try:
            await client.eio.connect(url, transports=["websocket"], engineio_path="socket.io")
            await api.end_loop(eventually)
        finally:
            await client.eio.disconnect(abort=True)
        await eventually(serves, seconds=60)
    finally:
        await api.supervisor.stop()
