"""How fast the API answers one reader, quiet and under load."""

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from probe.visitors import Visitor

PACE_S = 0.12
"""Below the limit of 600 requests a minute."""


@dataclass
class Latencies:
    """The times of one reader's requests in milliseconds, and their statuses (0: no answer)."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def median(self) -> float:
        """The median in milliseconds; infinite without an answer."""
        return statistics.median(self.milliseconds) if self.milliseconds else float("inf")


async def measure(reader: Visitor, path: str, seconds: float, into: Latencies) -> None:
    """Reads a path for so many seconds, one request at a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        try:
            status = (await reader.request("GET", path, patient=False)).status_code
        except httpx.HTTPError:
            status = 0
        took = time.perf_counter() - began
        into.milliseconds.append(took * 1000)
        into.statuses[status] += 1
        await asyncio.sleep(max(0.0, PACE_S - took))
