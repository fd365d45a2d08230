"""`python stalling_process.py api | workers KIND`: a process whose event loop stands still after SIGUSR1.

It is ended after 5 s instead of 30.
"""

import asyncio
import re
import runpy
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from runtime import watchdog
from runtime.watchdog import watched

LIMIT_S = 5.0


def _sleep() -> None:
    time.sleep(600)


def _backtrack() -> None:
    re.fullmatch("(a+)+", "a" * 60 + "!")  # never lets another thread run


async def _stalling(stall: Callable[[], None], work: Coroutine[Any, Any, int]) -> int:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stall)
    return await watched(work, LIMIT_S)


if __name__ == "__main__":
    stall, module, *sys.argv[1:] = sys.argv[1:]
    watchdog.watched = partial(_stalling, _backtrack if stall == "backtrack" else _sleep)  # type: ignore[assignment]  # it is narrower than the generic one
    runpy.run_module(module, run_name="__main__", alter_sys=True)
