import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator

from missions.evidence import Change, Dependency, LogLine, Series, Span

UNREADABLE = (ValueError, OverflowError, TypeError, LookupError, AttributeError, RecursionError)
"""What reading an answer of a shape that nobody foresaw may raise: it is told, and nothing ends of it."""


@dataclass(frozen=True)
class Extract:
    """What one answer of a page holds."""

    series: tuple[Series, ...] = ()
    logs: tuple[LogLine, ...] = ()
    changes: tuple[Change, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    spans: tuple[Span, ...] = ()

    @cached_property
    def samples(self) -> int:
        """How many things were read; gaps and NaN are none."""
        numbers = sum(
            value is not None and not math.isnan(value) for line in self.series for _, value in line.points
        )
        return numbers + len(self.logs) + len(self.changes) + len(self.dependencies) + len(self.spans)


def number_or_gap(value: object) -> float | None:
    """A number, NaN and infinities included; null is a gap. Raises ValueError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a number")  # noqa: TRY004  pydantic reports ValueError, TypeError passes through it
    return float(value)


Sample = Annotated[float | None, BeforeValidator(number_or_gap)]
