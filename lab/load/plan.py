"""How many customers there are: from the environment, and from a file that may change while the load runs."""

import json
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """`users` at a usual hour; `day_seconds` is the length of a day, 0 for no change; `surge` multiplies."""

    users: float
    day_seconds: float
    surge: float

    def at(self, seconds: float) -> int:
        """The customers at a time since the start. Nights have half as many as evenings; at least one."""
        hour = math.sin(2 * math.pi * seconds / self.day_seconds) if self.day_seconds > 0 else 0.0
        return max(1, round(self.users * (1 + hour / 3) * self.surge))


class Plans:
    """The plan of the environment, with what the JSON file at `LOAD_FILE` replaces in it."""

    def __init__(self) -> None:
        self._usual = Plan(
            users=float(os.environ["USERS"]),
            day_seconds=float(os.environ["DAY_SECONDS"]),
            surge=float(os.environ["SURGE"]),
        )
        self._file = Path(os.environ.get("LOAD_FILE", "load.json"))
        self._last = self._usual

    def now(self) -> Plan:
        """The present plan. A missing file means the usual one; one that is being written, the last one."""
        try:
            changes = json.loads(self._file.read_text())
            self._last = replace(self._usual, **{name: float(value) for name, value in changes.items()})
        except FileNotFoundError:
            self._last = self._usual
        except (ValueError, TypeError, AttributeError):
            pass
        return self._last
