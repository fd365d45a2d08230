"""The lines of a log within a recording's window, with how many of them it had at each moment."""

import bisect
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MAX_LINES = 40_000
"""How many lines of one log are kept, the newest; an access log has some hundred in a minute."""


def read_lines(path: Path, lengths: Sequence[tuple[float, int]]) -> dict[str, Any]:
    """`{lines, counts}`: the lines between the first and the last length, as they are.

    `counts` are (epoch seconds, number of `lines` that were complete). A file that became shorter was
    replaced meanwhile: its lines are those of the new file, and none before. `dropped` says how many old
    lines are missing.
    """
    if not lengths:
        return {"lines": [], "counts": []}
    start = lengths[0][1]
    replaced = [at for (_, before), (at, after) in itertools.pairwise(lengths) if after < before]
    if replaced:
        start = 0
        lengths = [(at, length if at >= replaced[-1] else 0) for at, length in lengths]
    content = _read(path, start, lengths[-1][1])
    complete_lines = content.split(b"\n")[:-1]
    lines = [line.decode(errors="replace") for line in complete_lines]
    ends = list(itertools.accumulate(len(line) + 1 for line in complete_lines))
    dropped = max(0, len(lines) - MAX_LINES)
    counts: list[tuple[float, int]] = []
    for at, length in lengths:
        count = max(0, bisect.bisect_right(ends, length - start) - dropped)
        if not counts or counts[-1][1] != count:
            counts.append((at, count))
    recorded: dict[str, Any] = {"lines": lines[dropped:], "counts": counts}
    return recorded | ({"dropped": dropped} if dropped else {})


def lines_at(recorded: dict[str, Any], at: float) -> list[str]:
    """The lines that the log had at this moment, epoch seconds."""
    count = 0
    for moment, number in recorded["counts"]:
        if moment > at:
            break
        count = number
    lines: list[str] = recorded["lines"][:count]
    return lines


def _read(path: Path, start: int, end: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(max(0, end - start))
    except OSError:
        return b""
