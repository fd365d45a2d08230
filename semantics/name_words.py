"""The words of a name or title, and what they may answer."""

import itertools
import re
from dataclasses import dataclass
from functools import cached_property

from missions.measurement import MeasuredRole
from semantics.units import TIMES
from semantics.vocabulary import LOST, MOVED, TRAFFIC

Answer = tuple[MeasuredRole, bool]
"""The role, and whether lower values are worse."""

UNCERTAIN: Answer = (MeasuredRole.UNKNOWN, False)
"""The words mean nothing certain."""
SHARES = {"ratio", "percent"}
"""Units of shares."""
SIZES = re.compile(r"(?:kibi|kilo|mebi|mega|gibi|giga)?bytes")
SPACES = {"memory", "swap", "disk"}
"""Resources that hold bytes."""


@dataclass(frozen=True)
class Words:
    """The words of a name or title in full spelling, with its unit and statistic.

    `counter` says that the name ends as those of counters do.
    """

    words: tuple[str, ...]
    unit: str
    counter: bool
    statistic: str

    @cached_property
    def present(self) -> frozenset[str]:
        """The words without their order."""
        return frozenset(self.words)

    @property
    def last(self) -> str:
        """The last word, or the one before it where that only says which statistic it is."""
        words = [
            word for word in self.words if not re.fullmatch(r"p?\d{2,4}|average|min|max|current|now", word)
        ]
        return words[-1] if words else ""

    @property
    def timed(self) -> bool:
        """Whether the unit is one of waits."""
        return self.unit in TIMES and self.unit != "days"

    @property
    def is_amount(self) -> bool:
        """Whether the words say that something is held, such as memory: its total is no running total."""
        moved = MOVED | {"read", "written", "write", "allocated", "freed", "processed", "traffic"}
        sized = SIZES.fullmatch(self.unit) is not None or not self.unit
        return bool(self.present & SPACES) and sized and not self.present & moved and not self._counts

    @property
    def _counts(self) -> bool:
        return bool(self.present & (TRAFFIC | LOST | {"errors", "oom", "garbage"}))

    def has(self, *words: str) -> bool:
        """Whether any of these words is present."""
        return not self.present.isdisjoint(words)

    def follows(self, first: set[str], second: str) -> bool:
        """Whether one of the first words stands directly before the second."""
        return any(after == second and before in first for before, after in itertools.pairwise(self.words))
