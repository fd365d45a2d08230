import json
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from demo.shop.selectors import Selector

MAX_LINES: Final = 20_000


@dataclass(frozen=True, slots=True)
class StoredLogLine:
    """One log line; time in nanoseconds since 1970."""

    time_ns: int
    service: str
    level: str
    text: str


class LogStore:
    """The newest log lines of all replicas, in order of arrival."""

    def __init__(self) -> None:
        self._lines: deque[StoredLogLine] = deque(maxlen=MAX_LINES)

    def add(self, text: str) -> None:
        """Stores one JSON line of a replica; anything else goes to standard error."""
        try:
            line = json.loads(text)
            moment = datetime.fromisoformat(line["timestamp"])
            stored = StoredLogLine(
                round(moment.timestamp() * 1000) * 1_000_000, line["service"], line["level"], text
            )
        except (ValueError, KeyError, TypeError):
            sys.stderr.write(f"not a log line: {text}\n")
            return
        self._lines.append(stored)

    def newest_first(self, selector: Selector, start_ns: int, end_ns: int) -> Iterator[StoredLogLine]:
        """The lines in [start, end) whose labels `service` and `level` the selector matches."""
        for line in sorted(self._lines, key=lambda line: line.time_ns, reverse=True):
            if start_ns <= line.time_ns < end_ns and selector.selects(
                {"service": line.service, "level": line.level}
            ):
                yield line
