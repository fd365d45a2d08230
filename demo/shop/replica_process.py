import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import aiohttp
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from demo.shop.replica_spec import ReplicaSpec

START_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 8.0
LINE_LIMIT_BYTES: Final = 65_536
_ROOT: Final = Path(__file__).resolve().parents[2]

Metrics = tuple[Metric, ...]


class ReplicaProcess:
    """The cluster's handle of one replica."""

    def __init__(
        self,
        spec: ReplicaSpec,
        process: asyncio.subprocess.Process,
        admin_url: str,
        logs: asyncio.Task[None],
        client: aiohttp.ClientSession,
    ) -> None:
        self.name = spec.replica
        self._process = process
        self._admin_url = admin_url
        self._logs = logs
        self._client = client

    @classmethod
    async def start(
        cls, spec: ReplicaSpec, client: aiohttp.ClientSession, store_line: Callable[[str], None]
    ) -> Self:
        """Returns when it is healthy. RuntimeError when it does not become healthy."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "demo.shop.replica",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT_BYTES,
            cwd=_ROOT,
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a replica without pipes")
        try:
            async with asyncio.timeout(START_SECONDS):
                process.stdin.write(spec.to_line())
                await process.stdin.drain()
                hello = await process.stdout.readline()
                admin_url = f"http://127.0.0.1:{json.loads(hello)['adminPort']}"
                async with client.get(f"{admin_url}/healthz") as answer:
                    answer.raise_for_status()
        except (TimeoutError, ValueError, OSError, aiohttp.ClientError) as error:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise RuntimeError(f"replica {spec.replica} did not become healthy") from error
        logs = asyncio.create_task(_read_lines(process.stdout, store_line))
        return cls(spec, process, admin_url, logs, client)

    async def metrics(self, timeout_seconds: float) -> Metrics | None:
        """Its metrics now; None when it does not answer in time."""
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._client.get(f"{self._admin_url}/metrics", timeout=timeout) as answer:
                return _parsed(await answer.text())
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def send(self, command: dict[str, float]) -> None:
        """Sends one command to its standard input, which only the cluster has."""
        if self._process.stdin is None or self._process.returncode is not None:
            return
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()

    async def drain(self) -> Metrics | None:
        """It stops listening, finishes its requests, and ends; returns its last metrics, if it answered."""
        metrics = None
        try:
            timeout = aiohttp.ClientTimeout(total=DRAIN_SECONDS)
            async with self._client.post(f"{self._admin_url}/drain", timeout=timeout) as answer:
                metrics = _parsed(await answer.text())
        except (aiohttp.ClientError, TimeoutError):
            pass
        await self.stop(grace_seconds=2.0)
        return metrics

    async def stop(self, grace_seconds: float) -> None:
        """Ends it; kills it after the grace period."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself, perhaps just now
                os.kill(self._process.pid, signal.SIGTERM)
                try:
                    async with asyncio.timeout(grace_seconds):
                        await self._process.wait()
                except TimeoutError:
                    self._process.kill()
        await self._process.wait()
        await self._logs


def _parsed(text: str) -> Metrics:
    return tuple(text_string_to_metric_families(text))


async def _read_lines(stdout: asyncio.StreamReader, store_line: Callable[[str], None]) -> None:
    try:
        async for line in stdout:
            store_line(line.decode().rstrip())
    except ValueError:
        sys.stderr.write("a replica wrote a line past the limit\n")
