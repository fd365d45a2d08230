"""`python failing_process.py api | workers KIND`: a process with a further loop, which fails on SIGUSR1."""

import asyncio
import runpy
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from runtime.supervision import BackgroundLoops

_running = BackgroundLoops.running


async def _until_signal() -> None:
    signalled = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, signalled.set)
    await signalled.wait()
    raise KeyError("a bug of the loop")


def _with_one_more(
    loops: BackgroundLoops, on_failure: Callable[[], None]
) -> AbstractAsyncContextManager[None]:
    loops.add("failing", _until_signal)
    return _running(loops, on_failure)


if __name__ == "__main__":
    BackgroundLoops.running = _with_one_more  # type: ignore[method-assign, assignment]
    module, *sys.argv[1:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
