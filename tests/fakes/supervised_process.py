"""A process of the product under the local stack's supervisor, which breaks when the test asks."""

import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from runtime.local.processes import Child, Supervisor


class SupervisedProcess:
    """Runs `program` (failing_process.py or stalling_process.py), whose loop breaks on SIGUSR1."""

    def __init__(
        self, program: Path, root: Path, folder: Path, environment: dict[str, str], *command: str
    ) -> None:
        self.endings: list[tuple[float, str]] = []
        self.child = Child(
            command[-1],
            [sys.executable, str(program), *command],
            log=folder / f"{command[-1]}.log",
            env=environment | {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
            cwd=root,
        )
        self.supervisor = Supervisor(lambda line: self.endings.append((time.monotonic(), line)))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The process's log, which has one JSON document in each line and nothing else."""
        return [json.loads(line) for line in self.child.log.read_text().splitlines()]

    async def break_loop(self, eventually: Callable[..., Awaitable[None]], within_s: float) -> None:
        """Breaks the process's loop, and checks that the process ends with code 1, in time."""
        assert self.child.pid is not None
        began = time.monotonic()
        os.kill(self.child.pid, signal.SIGUSR1)

        async def ended() -> bool:
            return bool(self.endings)

        await eventually(ended)
        at, words = self.endings[0]
        assert at - began < within_s
        assert "ended with code 1;" in words
