"""How the shop's customers are served, by what the load itself writes into its log."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WINDOW_S = 20.0
"""Four reports of the load."""
_TAIL_BYTES = 400_000
_EVERY_S = 1.0
_MOST_FAILURES = 0.02
_SLOWER = 2.5
_SLOWER_MS = 80.0


class NotCalmError(RuntimeError):
    """Customers are still not served as usual. The message says how they are."""


@dataclass(frozen=True)
class CustomerReport:
    """The requests of a while: how many, the share that failed, and the mean of the pages' p95 in ms."""

    requests: int
    failed: float
    p95_ms: float

    def is_calm(self, usual: "CustomerReport | None") -> bool:
        """Whether hardly any request failed and none is much slower than usual, where that is known."""
        if self.requests == 0 or self.failed > _MOST_FAILURES:
            return False
        return usual is None or self.p95_ms < max(_SLOWER * usual.p95_ms, usual.p95_ms + _SLOWER_MS)

    def __str__(self) -> str:
        return f"{self.requests} requests, {self.failed:.1%} failed, p95 {self.p95_ms:.0f} ms"


@dataclass(frozen=True)
class Customers:
    """Reads the load's log; its lines are those of lab/load/report.py."""

    log: Path

    def report(self, seconds: float = WINDOW_S) -> CustomerReport:
        """The last seconds."""
        since = time.time() - seconds
        windows = [line for line in self._lines() if line.get("event") == "window" and line["time"] > since]
        requests = sum(window["requests"] for window in windows)
        if not requests:
            return CustomerReport(0, 0.0, 0.0)
        failures = sum(window["failures"] for window in windows)
        slow = sum(window["requests"] * window["p95_ms"] for window in windows)
        return CustomerReport(requests, failures / requests, slow / requests)

    async def calm(self, usual: CustomerReport | None, within_s: float) -> CustomerReport:
        """Waits until the last 20 s were calm, and returns them. NotCalmError after `within_s`."""
        deadline = time.monotonic() + within_s
        while not (report := self.report()).is_calm(usual):
            if time.monotonic() > deadline:
                raise NotCalmError(f"customers are not served as usual after {within_s:g} s: {report}")
            await asyncio.sleep(_EVERY_S)
        return report

    def _lines(self) -> Iterator[dict[str, Any]]:
        """The last lines that are JSON objects."""
        if not self.log.exists():
            return
        with self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        for line in lines:
            if line.startswith("{") and line.endswith("}"):
                content: dict[str, Any] = json.loads(line)
                yield content
