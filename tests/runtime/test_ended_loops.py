"""A process whose loop ended exits within 5 s with one log line, and its supervisor restarts it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import failing_process
import httpx
import pytest
import socketio
from loopback import dead_port
from served_api import PAYLOAD_KEY, Urls
from stories import Story
from supervised_process import SupervisedProcess
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from missions.workflow_ids import mission_workflow_id
from runtime.local.binaries import script
from runtime.local.servers import Addresses
from runtime.namespace import SEARCH_ATTRIBUTES
from runtime.temporal import plugin

Eventually = Callable[..., Awaitable[None]]
PROGRAM = Path(failing_process.__file__)
LIMIT_S = 10.0
"""The process takes less than 5 s; its interpreter's end and the supervisor need time on a busy machine."""


async def end_loop(process: SupervisedProcess, eventually: Eventually) -> None:
    """Ends the process's loop, and checks that it exits soon, with one line."""
    await process.break_loop(eventually, LIMIT_S)
    (line,) = (line for line in process.lines if line["level"] in ("error", "critical"))
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
    worker = SupervisedProcess(PROGRAM, root, tmp_path, environment, "workers", "missions")

    async def sent() -> bool:
        return await story.run("SELECT 1 FROM shared.outbox") == []

    await worker.supervisor.start(worker.child)
    try:
        await eventually(sent, seconds=60)
        await end_loop(worker, eventually)
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
    api = SupervisedProcess(PROGRAM, root, tmp_path, environment, "api")

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
            await end_loop(api, eventually)
        finally:
            await client.eio.disconnect(abort=True)
        await eventually(serves, seconds=60)
    finally:
        await api.supervisor.stop()
