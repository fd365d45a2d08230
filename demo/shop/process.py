import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Final, Self

from demo.shop.decoys import Decoy
from demo.shop.faults import Fault

READY_SECONDS: Final = 120.0
ANSWER_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
_ROOT: Final = Path(__file__).resolve().parents[2]


class ShopProcess:
    """A shop in a process of its own. Its standard input injects faults, and ends it when it closes."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.url = url
        self.opened_at = time.time()
        self.process = process

    @classmethod
    async def start(
        cls, data: Path, action_secret_file: Path, port: int = 0, log: Path | None = None
    ) -> Self:
        """Returns when it is READY; port 0 picks a free one. RuntimeError when it ends or hangs before."""
        with log.open("ab") if log else contextlib.nullcontext() as errors:
            process = await asyncio.create_subprocess_exec(
                *_command(data, action_secret_file, port),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=_ROOT,
                start_new_session=True,  # Ctrl-C stops the parent, which closes the standard input
            )
        try:
            line = (await asyncio.wait_for(_stdout(process).readline(), READY_SECONDS)).decode()
            word, _, rest = line.partition(" ")
            if word != "READY":
                raise RuntimeError(f"the shop wrote {line!r} instead of READY")  # noqa: TRY301  one exit for all errors
            return cls(process, json.loads(rest)["url"])
        except (TimeoutError, RuntimeError) as error:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise RuntimeError("the shop did not start") from error

    async def inject(self, fault: Fault) -> None:
        """Injects a fault; returns when it is in force. ValueError when the shop refuses it."""
        await self.send({"fault": fault.to_json()})

    async def add_decoy(self, decoy: Decoy) -> None:
        """Adds a decoy; returns when it is in force. ValueError when the shop refuses it."""
        await self.send({"decoy": decoy.to_json()})

    async def stop(self) -> None:
        """Closes the shop's standard input, which ends it; kills it after ten seconds."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def send(self, command: dict[str, object]) -> None:
        """Sends a command and waits for its answer. ValueError: refused; RuntimeError: the shop has ended."""
        if self.process.stdin is None:
            raise RuntimeError("the shop has no standard input")
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        await self.process.stdin.drain()
        line = await asyncio.wait_for(_stdout(self.process).readline(), ANSWER_SECONDS)
        if not line:
            raise RuntimeError("the shop has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])


def _stdout(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise RuntimeError("the shop has no standard output")
    return process.stdout


def _command(data: Path, action_secret_file: Path, port: int) -> list[str]:
    # Absolute, because the shop starts in another folder.
    return [
        *(sys.executable, "-m", "demo.shop", "--port", str(port)),
        *("--data", str(data.absolute()), "--action-secret-file", str(action_secret_file.absolute())),
    ]
