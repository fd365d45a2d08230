import asyncio
import contextlib
import os
from collections import defaultdict
from pathlib import Path
from typing import Self

PROC = Path("/proc")


class MemoryWatch:
    """The highest sum of proportional set sizes (MB) of this process and its descendants, each second."""

    def __init__(self) -> None:
        self.highest_mb = 0.0
        self.parts: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            parts = await asyncio.to_thread(measure)
            if (total := sum(parts.values())) > self.highest_mb:
                self.highest_mb, self.parts = total, parts
            await asyncio.sleep(1)  # the sampling interval


def measure(root: int | None = None) -> dict[str, float]:
    """PSS in MB by command name, of a process (default: this one) and its descendants."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (folder / "stat").read_text()
                name, _, rest = stat.partition("(")[2].rpartition(")")
                names[int(folder.name)] = name
                children[int(rest.split()[1])].append(int(folder.name))
    parts: defaultdict[str, float] = defaultdict(float)
    queue = [root or os.getpid()]
    while queue:
        pid = queue.pop()
        queue += children[pid]
        with contextlib.suppress(OSError):
            rollup = (PROC / str(pid) / "smaps_rollup").read_text()
            kilobytes = next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
            parts[names.get(pid, "?")] += int(kilobytes) / 1024
    return {name: round(value, 1) for name, value in sorted(parts.items())}
