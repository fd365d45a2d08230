"""The stack that `make probe` starts for itself, and what the owner of an installation can read of it."""

import asyncio
import contextlib
import json
import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil

from demo.incident import Incident, draw
from demo.shop.process import ShopProcess
from demo.targets import shop_targets
from missions.errors import UnavailableError
from runtime.local.chromium import find_chromium
from runtime.local.private_files import private_directory, write_private
from runtime.local.stack import LocalStack
from runtime.local.state import StackState
from runtime.topology import ORG

NORMAL_S = 25.0
IMPACT_S = 20.0
DESCRIPTORS = 8192
MEGABYTE = 1024 * 1024


class ProbedStack:
    """The running product and a shop beside it, in a data directory of their own."""

    def __init__(self, data: Path, stack: LocalStack, shop: ShopProcess, state: StackState) -> None:
        self.data = data
        self.url = state.api_url
        self.people = state.people
        self.temporal_ui_url = state.temporal_ui_url
        self.shop = shop
        self.incident: Incident = draw("bad-deploy", 7)
        self._stack = stack

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls, data: Path, chromium: Path | None, cache: Path, progress: Callable[[str], None]
    ) -> AsyncIterator["ProbedStack"]:
        """Starts everything; stops it at the exit. The shop runs normally until `break_shop`."""
        _allow_descriptors()
        browser = find_chromium(chromium, cache / "chromium").path
        stack = LocalStack(data, progress, browser)
        shop: ShopProcess | None = None
        try:
            private_directory(data / "logs")
            secret_file = data / "shop-actions.secret"
            write_private(secret_file, stack.secrets.get("shop-actions"))
            shop = await ShopProcess.start(
                data / "shop",
                secret_file,
                port=stack.ports.reserve("shop"),
                log=data / "logs" / "shop.log",
            )
            state = await stack.start(shop_targets(shop.url, secret_file, ORG))
            progress(f"everything answered after {state.everything_s} s")
            yield cls(data, stack, shop, state)
        finally:
            if shop is not None:
                await shop.stop()
            await stack.stop()

    async def break_shop(self) -> None:
        """Waits for the end of the normal phase, injects a fault, and waits until customers felt it."""
        await asyncio.sleep(max(0.0, self.shop.opened_at + NORMAL_S - time.time()))
        await self.shop.inject(self.incident.fault)
        await asyncio.sleep(IMPACT_S)

    def effects(self) -> list[dict[str, Any]]:
        """What was done to the shop, from its own append-only record."""
        file = self.data / "shop" / "effects.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def ports(self) -> dict[str, int]:
        """The ports of the product's own servers by name, those of the shop left out."""
        ports: dict[str, int] = json.loads((self.data / "ports.json").read_text())
        own = {name: port for name, port in ports.items() if name != "shop"}
        twins = {f"{name}-grpc": port + 10_000 for name, port in own.items() if name.startswith("seaweedfs")}
        return own | twins

    def log(self, process: str) -> str:
        """The log of one process."""
        file = self.data / "logs" / f"{process}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def memory_mb(self, process: str) -> float:
        """The resident memory of a process. UnavailableError if it does not run."""
        return float(self._process(process).memory_info().rss) / MEGABYTE

    def cpu_s(self, process: str) -> float:
        """The CPU time that a process has used, in seconds. UnavailableError if it does not run."""
        times = self._process(process).cpu_times()
        return float(times.user + times.system)

    def _process(self, process: str) -> psutil.Process:
        for child in self._stack.children:
            if child.name == process and child.pid is not None:
                return psutil.Process(child.pid)
        raise UnavailableError(f"{process} does not run.")

    def kill(self, process: str) -> None:
        """Ends a process with SIGKILL, as a crash does; its supervisor starts it again."""
        for child in self._stack.children:
            if child.name == process and child.pid is not None:
                os.kill(child.pid, signal.SIGKILL)

    def secret(self, name: str) -> str:
        """A secret of the installation, as its owner can read it."""
        return self._stack.secrets.get(name)


def _allow_descriptors() -> None:
    """Raises the limit of open files, which the stack inherits: two thousand sockets need it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def machine() -> str:
    """The machine in words, for the report."""
    return f"{os.cpu_count()} cores, {psutil.virtual_memory().total // MEGABYTE} MB"
