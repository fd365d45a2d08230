import asyncio
import mmap
import random
from typing import Final

EVERY_SECONDS: Final = 1.5


class Noise:
    """Memory that comes and goes: it looks like trouble on a chart, and hurts nobody."""

    def __init__(self) -> None:
        self._most_bytes = 0

    def begin(self, most_bytes: int) -> None:
        """From now on up to this much is kept for a moment."""
        self._most_bytes = most_bytes

    async def run(self) -> None:
        """Keeps another amount every 1.5 seconds, until cancelled."""
        while True:
            # Mapped, not allocated: an allocator keeps what is given back, and the noise would be a leak.
            with mmap.mmap(-1, max(mmap.PAGESIZE, round(self._most_bytes * random.random()))) as ballast:
                for page in range(0, len(ballast), mmap.PAGESIZE):
                    ballast[page] = 1  # what is not written to is not resident
                await asyncio.sleep(EVERY_SECONDS)
