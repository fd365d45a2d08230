"""The defects of a replica. Its metrics and logs show their effects only, never their names."""

import random
from dataclasses import dataclass
from typing import Final

from demo.shop.faults import Defect
from demo.shop.instruments import MEMORY_LIMIT_BYTES, resident_bytes

LEAK_BYTES_PER_REQUEST: Final = 850_000  # at size 1.0: six requests a second fill the headroom in ten seconds
SHARE_WHERE_PAUSES_BEGIN: Final = 0.60
SHARE_WHERE_REQUESTS_FAIL: Final = 0.90
SHARE_NEVER_PASSED: Final = 0.96
REFUSED_WHEN_EXHAUSTED: Final = 0.7
LONGEST_PAUSE_SECONDS: Final = 1.1


def crashes(defect: Defect | None) -> bool:
    """Whether a build with this defect fails the current request."""
    return defect is not None and defect.flavour == "errors" and random.random() < defect.size


def delay_seconds(defect: Defect | None) -> float:
    """The seconds that a build with this defect adds to the current request."""
    if defect is None or defect.flavour != "latency":
        return 0.0
    return defect.size * random.uniform(0.8, 1.5)


@dataclass(frozen=True, slots=True)
class MemoryPressure:
    """The effect of scarce memory on one request: a pause in seconds, or its refusal."""

    used_bytes: int
    pause_seconds: float
    refuse: bool


class Leak:
    """Memory that requests allocate and never free, up to the limit."""

    def __init__(self) -> None:
        self._bytes_per_request = 0
        self._leaked: list[bytes] = []

    def begin(self, bytes_per_request: int) -> None:
        """From now on each request leaks this much."""
        self._bytes_per_request = bytes_per_request

    def grow(self) -> MemoryPressure | None:
        """Leaks one request's memory; None while nothing leaks."""
        if not self._bytes_per_request:
            return None
        used = resident_bytes()
        if used + self._bytes_per_request <= MEMORY_LIMIT_BYTES * SHARE_NEVER_PASSED:
            # A repeated byte is written to every page; zeroed memory would not become resident.
            self._leaked.append(b"\x5a" * self._bytes_per_request)
        share = used / MEMORY_LIMIT_BYTES
        depth = (share - SHARE_WHERE_PAUSES_BEGIN) / (SHARE_WHERE_REQUESTS_FAIL - SHARE_WHERE_PAUSES_BEGIN)
        depth = min(1.0, max(0.0, depth))
        return MemoryPressure(
            used_bytes=used,
            pause_seconds=LONGEST_PAUSE_SECONDS * depth**1.5 * random.uniform(0.5, 1.2),
            refuse=share >= SHARE_WHERE_REQUESTS_FAIL and random.random() < REFUSED_WHEN_EXHAUSTED,
        )
