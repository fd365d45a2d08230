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


def say(answer: str) -> None:
    """One line on standard output."""
    sys.stdout.write(answer + "\n")
    sys.stdout.flush()


class FaultSwitch:
    """Orders that come in on standard input, one JSON object a line; nothing on the network gets here."""

    def __init__(self, cluster: ShopCluster) -> None:
        self._cluster = cluster

    async def run(self) -> None:
        """Answers each line; returns at `{"quit": true}` and at the end of the input."""
        lines = _read_lines()
        while line := await lines.get():
            try:
                if await self._obey(json.loads(line)):
                    return
            except (ValueError, RuntimeError, OSError) as error:
                say(json.dumps({"error": str(error)}))

    async def _obey(self, order: object) -> bool:
        """Whether it was the order to quit."""
        if order == {"quit": True}:
            say('{"ok": true}')
            return True
        match order:
            case {"fault": fault, **rest} if not rest:
                await self._cluster.apply(Fault.from_json(fault))
            case {"decoy": decoy, **rest} if not rest:
                await self._cluster.distract(Decoy.from_json(decoy))
            case _:
                raise ValueError('an order is {"fault": {...}}, {"decoy": {...}} or {"quit": true}')
        say('{"ok": true}')
        return False


def _read_lines() -> asyncio.Queue[bytes]:
    """Lines of standard input, an empty one at its end."""
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    # A thread, because the loop cannot watch a file or a null device; a daemon, because its read
    # cannot be interrupted; os.read, because a buffered reader's lock would hang the exit.
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
