"""The processes that operators need: supervisord, OpenSSH's server and the deployer."""

import asyncio
import contextlib
import sys
from pathlib import Path

from lab.operations.operations import BY_WEBHOOK, ROOT, Operations
from lab.operations.tool.supervisord import Supervisord
from lab.topology import PORTS
from runtime.local.polling import answers
from runtime.local.processes import Child

PATH = "/usr/sbin:/usr/bin:/bin"


def supervisord(operations: Operations, program: Path, prefix: tuple[str, ...] = ()) -> Child:
    """The process that runs the services; `program` is the executable of PyPI's supervisor."""
    run = operations.run
    argv = [*prefix, str(program), "-c", str(run / "supervisord.conf")]
    log = run / "logs" / "supervisord.out.log"
    return Child("supervisord", argv, log=log, env={"PATH": PATH}, cwd=run, grace_s=20.0)


async def supervisord_ready(operations: Operations) -> None:
    """Returns when supervisord takes commands. NotReadyError."""

    async def probe() -> None:
        with contextlib.closing(Supervisord(operations.layout.supervisord_socket)) as server:
            if not await asyncio.to_thread(server.ready):
                raise OSError("supervisord is not running yet")

    await answers("supervisord", probe, (OSError,), operations.run / "logs" / "supervisord.log")


def deployer(operations: Operations, prefix: tuple[str, ...] = ()) -> Child:
    """The webhook target."""
    run, host, port = operations.run, operations.network.host("deployer"), str(PORTS["deployer"])
    module = ["-S", "-m", "lab.operations.tool.deployer", str(run), host, port, str(operations.secret_file)]
    services = [str(name) for name in operations.services if name in BY_WEBHOOK]
    argv = [*prefix, sys.executable, *module, *services]
    env = {"PYTHONPATH": str(ROOT), "PATH": PATH}
    return Child("deployer", argv, log=run / "logs" / "deployer.log", env=env, cwd=run)


def sshd(operations: Operations, prefix: tuple[str, ...] = ()) -> Child:
    """OpenSSH's server. NoSshdError."""
    return operations.ssh.child(prefix)


async def listens(operations: Operations, child: Child) -> None:
    """Returns when sshd or the deployer takes connections. NotReadyError."""
    host = {"sshd": "ssh"}.get(child.name, child.name)

    async def probe() -> None:
        _, writer = await asyncio.open_connection(operations.network.host(host), PORTS[host])
        writer.close()

    await answers(child.name, probe, (OSError,), child.log)
