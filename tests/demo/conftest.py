import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.actions.signing import signature
from demo.shop.process import ShopProcess

SECRET = "a secret of the tests, with 24 bytes"
PATIENCE_S = 120
"""Seconds that a condition may take on a busy machine."""
_TIMEOUT_S = 400


class Lab:
    """A running shop with the requests and conditions of the tests."""

    secret = SECRET.encode()

    def __init__(self, shop: ShopProcess, data: Path, client: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.data = data
        self.client = client

    async def get(self, path: str, **parameters: Any) -> Any:
        async with self.client.get(path, params=parameters) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def latest(self, metric: str) -> dict[str, float]:
        """The newest value of each service."""
        now = time.time()
        body = await self.get("/api/v1/query_range", query=metric, start=now - 2, end=now, step=1)
        return {row["metric"]["service"]: float(row["values"][-1][1]) for row in body["data"]["result"]}

    async def state(self, service: str) -> dict[str, Any]:
        status, state = await self.call("GET", f"/services/{service}")
        assert status == 200, state
        return state

    async def act(
        self, service: str, kind: str, params: dict[str, Any], key: str | None
    ) -> tuple[int, dict[str, Any]]:
        content = {"key": key, "kind": kind, "service": service, "environment": "demo", "params": params}
        return await self.call("POST", "/actions", json.dumps(content | {"dryRun": False}).encode())

    async def call(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One call of the webhook contract, signed unless other `headers` are given."""
        now = int(time.time())
        signed = {
            "webhook-id": "test",
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self.secret, "test", now, method, path, body),
        }
        async with self.client.request(method, path, data=body, headers=signed | headers) as response:
            return response.status, await response.json()

    async def messages(self, service: str) -> list[str]:
        body = await self.get(
            "/loki/api/v1/query_range", query=f'{{level=~"warn|error",service="{service}"}}', limit=1000
        )
        streams = body["data"]["result"]
        return [json.loads(text)["message"] for stream in streams for _, text in stream["values"]]

    def effects(self, key: str) -> int:
        """How often the shop's own file records the effect with this key."""
        file = self.data / "effects.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return sum(json.loads(line)["key"] == key for line in lines)

    def replica_pids(self) -> set[int]:
        return children_of(self.shop.process.pid)

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await holds():  # noqa: ASYNC110  the condition is in another process
                await asyncio.sleep(0.1)


def children_of(pid: int) -> set[int]:
    children = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except (OSError, IndexError):
                continue
            if int(parent) == pid:
                children.add(int(entry.name))
    return children


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives the tests of the shop the time that their conditions may take on a busy machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_TIMEOUT_S))


@pytest.fixture(scope="session")
def open_lab(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractAsyncContextManager[Lab]]:
    @asynccontextmanager
    async def open_one() -> AsyncIterator[Lab]:
        data = tmp_path_factory.mktemp("shop")
        secret_file = data / "secret"
        secret_file.write_text(f"{SECRET}\n")
        shop = await ShopProcess.start(data, secret_file)
        try:
            async with aiohttp.ClientSession(shop.url) as client:
                yield Lab(shop, data, client)
        finally:
            await shop.stop()

    return open_one


@pytest.fixture(scope="session")
async def healthy(open_lab: Callable[[], AbstractAsyncContextManager[Lab]]) -> AsyncIterator[Lab]:
    """One shop without a fault, shared by the tests that do not break it."""
    async with open_lab() as lab:
        yield lab


@pytest.fixture
async def lab(open_lab: Callable[[], AbstractAsyncContextManager[Lab]]) -> AsyncIterator[Lab]:
    """A shop for one test."""
    async with open_lab() as own:
        yield own


@pytest.fixture
def alive() -> Callable[[int], bool]:
    def is_alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return state != "Z"

    return is_alive
