import asyncio
import os
import signal
from pathlib import Path

from lab.faults.host import cores_of
from lab.faults.queue import processes_with
from runtime.local.processes import Child


async def test_processes_are_found_by_their_environment() -> None:
    """Where no memory cgroup can be made, the worker and its children are known by what they inherit."""
    script = "sleep 60 & until grep -q sleep /proc/$!/comm; do :; done; echo ready; wait"
    environment = {"INSTANCE": "mailer-1", "LOGS": "/nowhere/logs", "PATH": "/usr/bin:/bin"}
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", script, env=environment, stdout=asyncio.subprocess.PIPE, process_group=0
    )
    assert shell.stdout
    try:
        await shell.stdout.readline()
        processes = processes_with({"INSTANCE": "mailer-1", "LOGS": "/nowhere/logs"})
        assert shell.pid in processes
        assert processes_with({"INSTANCE": "mailer-2", "LOGS": "/nowhere/logs"}) == []
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        await shell.wait()
    assert len(processes) == 2


async def test_the_cores_of_a_process_are_its_own(tmp_path: Path) -> None:
    """A busy one uses some, one that sleeps hardly any, one that has ended none."""
    busy, idle = (
        Child(name, ["/bin/sh", "-c", script], log=tmp_path / f"{name}.log", grace_s=1)
        for name, script in (("busy", "while :; do :; done"), ("idle", "exec sleep 60"))
    )
    assert cores_of(busy) == 0
    try:
        busy.start()
        idle.start()
        async with asyncio.timeout(30):
            # Nothing tells when it has computed enough; the start of the other one is computing, too.
            while cores_of(busy) < 0.05 or cores_of(idle) > cores_of(busy) / 2:  # noqa: ASYNC110  as above
                await asyncio.sleep(0.05)
    finally:
        await asyncio.gather(busy.stop(), idle.stop())
    assert cores_of(busy) == 0
