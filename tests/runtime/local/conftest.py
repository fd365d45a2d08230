import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from runtime.local.processes import Supervisor
from runtime.local.servers import Addresses, LocalServers


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until `condition` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"the condition is still false after {seconds} s"
        await asyncio.sleep(0.02)


@pytest.fixture(name="until", scope="session")
def until_fixture() -> Callable[..., object]:
    return until


@pytest.fixture(scope="session")
def stack_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="session")
async def stack(stack_data: Path) -> AsyncIterator[Addresses]:
    supervisor = Supervisor(lambda _: None)
    with LocalServers(stack_data, lambda _: None) as servers:
        try:
            yield await servers.start(supervisor)
        finally:
            await supervisor.stop(1)
