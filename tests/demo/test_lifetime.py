import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.demo.conftest import Lab


@pytest.mark.parametrize("ending", ["killed", "terminated", "input ended"])
async def test_nothing_is_left_behind(
    open_lab: "Callable[[], AbstractAsyncContextManager[Lab]]", alive: Callable[[int], bool], ending: str
) -> None:
    """The replicas end with the cluster, even after kill -9."""
    async with open_lab() as lab:
        process = lab.shop.process
        replicas = lab.replica_pids()
        assert len(replicas) == 6
        if ending == "killed":
            process.kill()
        elif ending == "terminated":
            process.send_signal(signal.SIGTERM)
        elif process.stdin is not None:
            process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)
        assert process.returncode == (-signal.SIGKILL if ending == "killed" else 0)

        async def all_gone() -> bool:
            return not any(alive(pid) for pid in replicas)

        await lab.until(all_gone)


async def test_the_switch_refuses_what_it_does_not_understand(healthy: "Lab") -> None:
    """A bad command is refused, and the shop continues."""
    commands: list[dict[str, object]] = [
        {"fault": {"kind": "fire"}},
        {"fault": {"kind": "leak", "service": "web", "size": 9}},
        {},
    ]
    for command in commands:
        with pytest.raises(ValueError, match=r"kind|size|command"):
            await healthy.shop.send(command)
    await healthy.shop.send({"fault": {"kind": "none"}})
    assert healthy.shop.process.returncode is None
