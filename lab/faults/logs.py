import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Self


@dataclass(frozen=True)
class Since:
    """A moment: its time in epoch seconds, and how long each log was."""

    folder: Path
    time: float
    sizes: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def now(cls, folder: Path) -> Self:
        """This moment, for the logs in a folder."""
        return cls(folder, time(), {path: path.stat().st_size for path in folder.glob("*.log")})

    @property
    def age(self) -> float:
        """Seconds from the moment to now."""
        return time() - self.time

    def text(self, name: str) -> str:
        """What was written to a log since; "" where there is none."""
        path = self.folder / f"{name}.log"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            size = self.sizes.get(path, 0)
            file.seek(size if file.seek(0, 2) >= size else 0)  # a rotated log is new
            return file.read().decode(errors="replace")

    def lines(self, name: str, pattern: str) -> Iterator[str]:
        """The lines since in which the regular expression matches, in the log of each instance of a service.

        `name` is a log's name, or its beginning: `catalog` stands for `catalog-1`, `catalog-2` and so on.
        """
        expression = re.compile(pattern)
        paths = sorted(self.folder.glob(f"{name}-[0-9].log")) or [self.folder / f"{name}.log"]
        for path in paths:
            yield from (line for line in self.text(path.stem).splitlines() if expression.search(line))


def message(line: str, length: int = 160) -> str:
    """The message of a line of JSON, or the line, cut to a length."""
    try:
        content = json.loads(line)
        line = str(content.get("msg") or content.get("message") or line)
    except (ValueError, AttributeError):
        pass
    return line.strip()[:length]
