import asyncio
import contextlib
import json
import os
import sys
import threading
from typing import Final

from demo.shop.cluster import ShopCluster
from demo.shop.decoys import Decoy
from demo.shop.faults import Fault

_STDIN: Final = 0


def write_line(text: str) -> None:
    """Writes one line to standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class FaultSwitch:
    """Commands on standard input, one JSON object per line; no network address leads here."""

    def __init__(self, cluster: ShopCluster) -> None:
        self._cluster = cluster

    async def run(self) -> None:
        """Answers each command; returns after `{"quit": true}` and at the end of the input."""
        lines = _read_lines()
        while line := await lines.get():
            try:
                if await self._run_command(json.loads(line)):
                    return
            except (ValueError, RuntimeError, OSError) as error:
                write_line(json.dumps({"error": str(error)}))

    async def _run_command(self, command: object) -> bool:
        """Returns True for the command to quit."""
        if command == {"quit": True}:
            write_line('{"ok": true}')
            return True
        match command:
            case {"fault": fault, **rest} if not rest:
                await self._cluster.apply(Fault.from_json(fault))
            case {"decoy": decoy, **rest} if not rest:
                await self._cluster.add_decoy(Decoy.from_json(decoy))
            case _:
                raise ValueError('a command is {"fault": {...}}, {"decoy": {...}} or {"quit": true}')
        write_line('{"ok": true}')
        return False


def _read_lines() -> asyncio.Queue[bytes]:
    """Lines of standard input, an empty one at its end."""
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    # A thread, because the loop cannot watch a file or /dev/null; a daemon, because its read cannot be
    # interrupted; os.read, because the lock of a buffered reader would block the exit.
    def read() -> None:
        rest = b""
        while chunk := os.read(_STDIN, 65_536):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                if line.strip():
                    loop.call_soon_threadsafe(lines.put_nowait, line)
        with contextlib.suppress(RuntimeError):  # the loop has ended before the input
            loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, name="switch", daemon=True).start()
    return lines
