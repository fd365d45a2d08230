import asyncio
import os
import signal

from lab.faults.queue import processes_with


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
