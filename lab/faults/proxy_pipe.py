import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import cast

from lab.faults.proxy_toxics import Toxics

QUEUE_LIMIT = 256 * 1024
"""How many delayed bytes a pipe holds before it stops reading."""
_LINGER_OFF = struct.pack("ii", 1, 0)
"""SO_LINGER with 0 s: closing sends RST instead of FIN."""


def reset(transport: asyncio.Transport | None) -> None:
    """Closes a connection with RST, without sending what is buffered. Idempotent."""
    if transport is None:
        return
    connection = cast("socket.socket | None", transport.get_extra_info("socket"))
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
    transport.abort()


class Pipe:
    """One direction of a connection: forwards at once, or later where the toxics say so, always in order."""

    def __init__(
        self,
        generator: random.Random,
        count: Callable[[int], None],
        on_reset: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._random, self._count, self._on_reset, self._on_end = generator, count, on_reset, on_end
        self._luck = generator.random()
        self._toxics = Toxics()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._queued = 0
        self._passed = 0
        self._last_due = self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = self._target_full = self.finished = False
        self.source: asyncio.Transport | None = None
        self.target: asyncio.Transport | None = None

    def set_toxics(self, toxics: Toxics) -> None:
        """Applies from now on, also to what is held back."""
        self._toxics = toxics if self._luck < toxics.share else Toxics()
        self._passed = 0
        self._drain()

    def feed(self, data: bytes) -> None:
        """Forwards these bytes, or queues them."""
        if self._toxics.harmless and not self._queue:
            self._write(data)
            return
        now = asyncio.get_running_loop().time()
        due = now + (self._toxics.latency_ms + self._toxics.jitter_ms * self._random.random()) / 1000
        if self._toxics.bandwidth_kib_s is not None:
            self._free_at = max(self._free_at, now) + len(data) / (1024 * self._toxics.bandwidth_kib_s)
            due = max(due, self._free_at)
        self._last_due = due = max(due, self._last_due)
        self._queue.append((due, data))
        self._queued += len(data)
        self._drain()
        self._set_reading()

    def end(self) -> None:
        """The source sends no more: closes the target's direction when everything is forwarded."""
        self._ended = True
        self._drain()

    def close(self) -> None:
        """Forgets what is queued."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._queue.clear()
        self._queued = 0

    def set_target_full(self, *, full: bool) -> None:
        """Stops reading while the target's own buffer is full."""
        self._target_full = full
        self._set_reading()

    def _set_reading(self) -> None:
        if self.source is None or self.source.is_closing():
            return
        if self.target is None or self._target_full or self._queued > QUEUE_LIMIT:
            self.source.pause_reading()
        else:
            self.source.resume_reading()

    def _drain(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._toxics.stopped:
            return
        loop = asyncio.get_running_loop()
        while self._queue:
            due, data = self._queue[0]
            if due > loop.time() and not self._toxics.harmless:
                self._timer = loop.call_at(due, self._drain)
                return
            self._queue.popleft()
            self._queued -= len(data)
            self._write(data)
        self._set_reading()
        if self._ended and not self.finished and self.target is not None and not self.target.is_closing():
            self.finished = True
            try:
                self.target.write_eof()
            except OSError:  # the target has reset the connection, and the loop has not seen it yet
                self._on_reset()
            else:
                self._on_end()

    def _write(self, data: bytes) -> None:
        if self.target is None or self.target.is_closing():
            return
        limit = self._toxics.reset_after_bytes
        if limit is not None and self._passed + len(data) > limit:
            self.close()
            self._on_reset()
            return
        self._passed += len(data)
        self._count(len(data))
        self.target.write(data)
