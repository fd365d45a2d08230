import asyncio
import mmap
import random
from typing import Final

EVERY_SECONDS: Final = 1.5


class Noise:
    """Memory that is allocated and freed: alarming on a chart, and harmless."""

    def __init__(self) -> None:
        self._most_bytes = 0

    def begin(self, most_bytes: int) -> None:
        """From now on up to this much is allocated at a time."""
        self._most_bytes = most_bytes

    async def run(self) -> None:
        """Allocates another amount every 1.5 seconds, until cancelled."""
        while True:
            # Mapped: an allocator keeps freed memory, and the noise would be a leak.
            with mmap.mmap(-1, max(mmap.PAGESIZE, round(self._most_bytes * random.random()))) as ballast:
                for page in range(0, len(ballast), mmap.PAGESIZE):
                    ballast[page] = 1  # only a written page is resident
                await asyncio.sleep(EVERY_SECONDS)
