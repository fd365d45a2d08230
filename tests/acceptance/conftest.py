"""Starts the whole product and the shop, as `make demo` does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from demo.driver import Demo
from demo.shop.process import ShopProcess
from runtime.local.state import StackState
from runtime.local_settings import DemoSettings


@dataclass(frozen=True)
class Running:
    """A running stack with its shop and its data directory."""

    data: Path
    state: StackState
    shop: ShopProcess
    demo: Demo


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The running stack, which starts in ten seconds; each file stops it, because it loads the machine."""
    data = tmp_path_factory.mktemp("acceptance")
    demo = Demo(DemoSettings(ops_agent_data=data), Console(quiet=True))
    async with demo.running() as (state, shop):
        yield Running(data, state, shop, demo)
