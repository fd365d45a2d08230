"""Ends a process whose event loop stands still, so that its supervisor starts another one."""

import asyncio
import contextvars
import faulthandler
import sys
import threading
import time
import traceback
from collections.abc import Coroutine
from typing import TypeVar

import structlog

from runtime.ending import end_now

log = structlog.get_logger(__name__)
STALL_S = 30.0
"""How long an event loop may stand still."""
_BACKSTOP_S = 5.0
_BEATS_PER_STALL = 30
_Result = TypeVar("_Result")


async def watched(work: Coroutine[object, object, _Result], limit_s: float = STALL_S) -> _Result:
    """Runs the work. The process ends with code 1 if the loop runs nothing else for `limit_s` seconds.

    A thread logs one line with the stack of the loop's thread. A call that never releases the interpreter
    stops that thread, too: then faulthandler, which needs no interpreter, writes the stacks 5 s later.
    """
    watchdog = _Watchdog(limit_s)
    beating = asyncio.create_task(watchdog.beat())
    try:
        return await work
    finally:
        beating.cancel()
        watchdog.close()


class _Watchdog:
    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._interval_s = limit_s / _BEATS_PER_STALL
        self._beat_at = time.monotonic()
        self._loop_thread = threading.get_ident()
        self._closed = threading.Event()
        watch = contextvars.copy_context().run  # its log line names the process, as all others do
        threading.Thread(target=watch, args=(self._watch,), name="watchdog", daemon=True).start()

    async def beat(self) -> None:
        """Shows that the loop runs."""
        while True:
            self._beat_at = time.monotonic()
            faulthandler.dump_traceback_later(self._limit_s + _BACKSTOP_S, exit=True)
            await asyncio.sleep(self._interval_s)

    def close(self) -> None:
        """Stops to watch."""
        self._closed.set()
        faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        while not self._closed.wait(self._interval_s):
            if time.monotonic() - self._beat_at > self._limit_s:
                frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001  there is no other way
                stack = "".join(traceback.format_stack(frame))
                log.critical("the event loop stands still; the process ends", stack=stack)
                end_now(1)
