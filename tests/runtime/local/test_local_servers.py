import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from runtime.local.lock import DataInUseError
from runtime.local.processes import Supervisor
from runtime.local.servers import Addresses, LocalServers, ServerName

Until = Callable[..., Awaitable[None]]
PROGRAM = Path(__file__).with_name("stack_process.py")
ROOT = Path(__file__).parents[3]
ALL = ",".join(ServerName)


class StackProcess:
    """A local stack in a separate process."""

    def __init__(self, process: asyncio.subprocess.Process, summary: dict[str, Any]) -> None:
        self._process, self.pids, self.addresses = process, summary["pids"], summary["addresses"]
        self.pid = process.pid

    @classmethod
    async def start(cls, data: Path, subset: str) -> "StackProcess":
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM), str(data), subset),
            env={"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        return cls(process, json.loads(await process.stdout.readline()))

    async def kill(self) -> None:
        """Kills only the supervisor, with -9."""
        os.kill(self.pid, signal.SIGKILL)
        await self._process.wait()


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_postgres_answers_as_asked(stack: Addresses) -> None:
    """PostgreSQL has checksums, fsync, the builtin locale, SCRAM, and database and user `ops`."""
    async with await psycopg.AsyncConnection.connect(plain(stack.database_url)) as connection:
        row = await (
            await connection.execute(
                "SELECT current_database(), current_user, current_setting('data_checksums'),"
                " current_setting('fsync'), datlocprovider::text, datlocale,"
                " current_setting('max_connections')"
                " FROM pg_database WHERE datname = 'ops'"
            )
        ).fetchone()
    assert row == ("ops", "ops", "on", "on", "b", "C.UTF-8", "100")
    with pytest.raises(psycopg.OperationalError, match="password"):
        await psycopg.AsyncConnection.connect(plain(stack.database_url).replace("ops:", "ops:x"))


async def test_temporal_keeps_90_days_and_knows_our_attributes(stack: Addresses) -> None:
    """Temporal keeps workflows for 90 days and finds them by organization, status, service and risk."""
    client = await Client.connect(stack.temporal_address)
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace="default")
    )
    assert described.config.workflow_execution_retention_ttl.seconds == 90 * 86400
    pairs = [
        SearchAttributePair(SearchAttributeKey.for_keyword(name), "x")
        for name in ("Org", "MissionStatus", "Service", "Risk")
    ]
    handle = await client.start_workflow(
        "Nothing", id="nothing", task_queue="none", search_attributes=TypedSearchAttributes(pairs)
    )
    await handle.terminate()
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(stack.temporal_ui_url, follow_redirects=True)).status_code == 200


async def test_a_data_directory_in_use_is_refused(stack: Addresses, tmp_path: Path) -> None:
    """A second stack on a data directory is refused with the holder's id; one on another directory runs."""
    assert stack.database_url
    with LocalServers(tmp_path, lambda _: None) as held:
        with pytest.raises(DataInUseError, match=str(os.getpid())):
            LocalServers(tmp_path, lambda _: None)
        supervisor = Supervisor(lambda _: None)
        try:
            second = await held.start(supervisor, [ServerName.POSTGRES, ServerName.VALKEY])
            async with await psycopg.AsyncConnection.connect(plain(second.database_url)) as connection:
                assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
            assert second.database_url != stack.database_url
            assert second.temporal_address == ""
        finally:
            await supervisor.stop(2)


async def test_kill_9_leaves_no_process_and_loses_nothing(tmp_path: Path, until: Until) -> None:
    """Kill -9 of the supervisor ends all servers; the next start has the same addresses and data."""
    first = await StackProcess.start(tmp_path, ALL)
    assert len(first.pids) == 4
    database = plain(first.addresses["database_url"])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    temporal = await Client.connect(first.addresses["temporal_address"])
    await temporal.start_workflow("Nothing", id="kept", task_queue="none")
    put_object(first.addresses, b"kept")
    await first.kill()
    await until(lambda: not any(running(pid) for pid in first.pids), 5)

    second = await StackProcess.start(tmp_path, ALL)
    try:
        assert second.addresses == first.addresses
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        temporal = await Client.connect(second.addresses["temporal_address"])
        assert (await temporal.get_workflow_handle("kept").describe()).status is not None
        assert get_object(second.addresses) == b"kept"
    finally:
        for pid in second.pids:
            os.kill(pid, signal.SIGKILL)
        await second.kill()
    await until(lambda: not any(running(pid) for pid in second.pids), 5)


async def test_a_stale_pid_file_does_not_stop_postgres(tmp_path: Path) -> None:
    """PostgreSQL starts although its old pid file has the id of another process of ours."""
    for _ in range(2):
        supervisor = Supervisor(lambda _: None)
        with LocalServers(tmp_path, lambda _: None) as servers:
            try:
                await servers.start(supervisor, [ServerName.POSTGRES])
            finally:
                await supervisor.stop(2)
        pid_file = tmp_path / "postgres" / "cluster" / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n{tmp_path}\n")


def put_object(addresses: dict[str, Any], body: bytes) -> None:
    _s3(addresses).put_object(Bucket=addresses["s3_bucket"], Key="reports/kept", Body=body)


def get_object(addresses: dict[str, Any]) -> bytes:
    content: bytes = (
        _s3(addresses).get_object(Bucket=addresses["s3_bucket"], Key="reports/kept")["Body"].read()
    )
    return content


def _s3(addresses: dict[str, Any]) -> Any:
    import boto3

    access, secret = addresses["s3_keys"]["missions"]
    return boto3.client(
        "s3",
        endpoint_url=addresses["s3_endpoint"],
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )
