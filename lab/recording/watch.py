import asyncio
import bisect
import contextlib
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.recording.sources import Sources

INTERVAL_S = 5.0
_CHANGING = ("updatedAt",)


class SystemWatch:
    """Notes every 5 s, at whole multiples, how long each log file is, and which alerts are active.

    Lines need no time of their own in this way: what a file had at a moment is known by its length.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._lengths: list[tuple[float, dict[Path, int]]] = []
        self._alerts: list[tuple[float, list[dict[str, Any]] | None]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches until the block ends."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    def lengths(self, path: Path, start: datetime, end: datetime) -> list[tuple[float, int]]:
        """(epoch seconds, bytes) of a file at each moment from `start` to `end`."""
        first, last = start.timestamp(), end.timestamp()
        return [(at, sizes.get(path, 0)) for at, sizes in self._lengths if first <= at <= last]

    def alerts(self, start: datetime, end: datetime) -> list[tuple[float, list[dict[str, Any]] | None]]:
        """(epoch seconds, active alerts) at `start` and whenever they changed up to `end`.

        None instead of alerts where Alertmanager did not answer.
        """
        times = [at for at, _ in self._alerts]
        first = max(0, bisect.bisect_right(times, start.timestamp()) - 1)
        last = bisect.bisect_right(times, end.timestamp())
        return [
            (max(at, start.timestamp()), alerts)
            for place, (at, alerts) in enumerate(self._alerts[first:last])
            if place == 0 or _lasting(alerts) != _lasting(self._alerts[first + place - 1][1])
        ]

    def forget(self, before: datetime) -> None:
        """Drops what is older: a recorder runs for hours."""
        oldest = before.timestamp()
        self._lengths = [item for item in self._lengths if item[0] >= oldest]
        self._alerts = [item for item in self._alerts if item[0] >= oldest]

    async def _watch(self) -> None:
        while True:
            at = await next_multiple(INTERVAL_S)
            sources = self.sources
            files = [*sources.logs().values(), *sources.spans().values(), sources.customers]
            self._lengths.append((at.timestamp(), {path: _size(path) for path in files}))
            self._alerts.append((at.timestamp(), await self.sources.alerts()))


async def next_multiple(seconds: float) -> datetime:
    """Waits until the clock shows a whole multiple of `seconds`, and returns that moment."""
    now = datetime.now(UTC).timestamp()
    at = (math.floor(now / seconds) + 1) * seconds
    await asyncio.sleep(at - now)
    return datetime.fromtimestamp(at, UTC)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _lasting(alerts: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The alerts without what changes with every evaluation."""
    if alerts is None:
        return None
    kept = [{name: value for name, value in alert.items() if name not in _CHANGING} for alert in alerts]
    return sorted(kept, key=lambda alert: str(alert.get("fingerprint")))
