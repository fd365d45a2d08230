import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator

from missions.evidence import Change, Dependency, LogLine, Series, Span

DECODE_ERRORS = (ValueError, OverflowError, TypeError, LookupError, AttributeError, RecursionError)
"""What a decoder may raise for a body of an unexpected shape; the response is then reported as unreadable."""


@dataclass(frozen=True)
class DecodedResponse:
    """The evidence in the body of one response."""

    series: tuple[Series, ...] = ()
    logs: tuple[LogLine, ...] = ()
    changes: tuple[Change, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    spans: tuple[Span, ...] = ()

    @cached_property
    def samples(self) -> int:
        """The number of points, lines, changes, edges and spans; gaps and NaN do not count."""
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
