"""Becomes one instance of a service: `python -m lab.operations.tool.launch RUN catalog 1`.

Reads the current release's configuration, limits the instance's memory, and executes the release's `start`.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from lab.operations.tool.layout import Layout
from lab.operations.tool.memory import limit_memory
from lab.operations.tool.releases import CONFIG_FILE

PR_SET_PDEATHSIG = 1
HOST_FILE = "host.env"
"""What the machine adds to a service's environment, for example its clock; beside the releases."""
MEMORY = "MEMORY_LIMIT_MB"


def read_env(path: Path) -> dict[str, str]:
    """KEY=VALUE lines; empty lines and comments are skipped. Empty for a file that does not exist."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def environment(layout: Layout, service: str, number: int, release: Path) -> dict[str, str]:
    """The whole environment of the instance."""
    own = layout.services[service]
    given = {
        "HOST": own.addresses[number - 1],
        "INSTANCE": f"{service}-{number}",
        "LOGS": str(layout.run / "logs"),
    }
    if own.port is not None:
        given["PORT"] = str(own.port)
    configured = read_env(release / "config" / CONFIG_FILE)
    return layout.environment | configured | read_env(layout.app(service) / HOST_FILE) | given


def die_with_parent() -> None:
    """Makes the kernel kill this process when supervisord has ended, even by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(argv: list[str]) -> None:
    """Does not return, except with an OSError where `start` cannot be executed."""
    run, service, number = argv
    layout = Layout.read(Path(run))
    release = (layout.app(service) / "current").resolve()
    env = environment(layout, service, int(number), release)
    if MEMORY in env:
        limit_memory(layout, f"{service}-{number}", int(env[MEMORY]))
    die_with_parent()
    start = str(release / "app" / "start")
    os.chdir(release / "app")
    os.execve(start, [start], env)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
