import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from runtime.local.processes import log_tail

EVERY_S = 0.05
DEADLINE_S = 120.0
"""A first start compiles its imports, which takes half a minute on two busy cores."""


class NotReadyError(RuntimeError):
    """A server did not answer in time; the message has the last error and log lines."""


async def answers(
    name: str, probe: Callable[[], Awaitable[object]], refusals: tuple[type[Exception], ...], log: Path
) -> None:
    """Calls `probe` every 50 ms until it raises none of `refusals`; NotReadyError after two minutes."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            await probe()
        except refusals as refusal:
            if time.monotonic() > deadline:
                message = f"{name} does not answer after {DEADLINE_S:g} s: {refusal}; the end of {log}:\n"
                message += log_tail(log)
                raise NotReadyError(message) from refusal
        else:
            return
        await asyncio.sleep(EVERY_S)
