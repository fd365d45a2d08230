"""What a part of an expression measures, while the tree is evaluated from its leaves."""

from dataclasses import dataclass, field

from missions.measurement import MeasuredRole
from semantics.failures import RequestSelection
from semantics.meaning import CallSide, MeaningBasis, MetricType, Resource
from semantics.syntax import SeriesSelector

FALLING = frozenset({MeasuredRole.UP, MeasuredRole.SUCCESS_RATIO})
"""Roles of which lower values are worse, unless an expression turns them round."""
_ORDER = list(MeaningBasis)


@dataclass(frozen=True)
class Quantity:
    """What a part of an expression measures.

    `part` is "bucket", "sum" or "count" of a histogram or summary, "histogram" for one in a single series,
    else "". `raw` marks a counter's running total. `members` are the metrics that a sum consists of. `number`
    is set for a constant, `is_now` for the current time, `offset_seconds` for samples of an earlier time.
    `factor` is what samples were multiplied by where that unit has no word, such as bytes times 100. `notes`
    are the catalog's. `negated` marks the amount below zero, as in `-x + 100`.
    """

    metric: str = ""
    role: MeasuredRole = MeasuredRole.UNKNOWN
    basis: MeaningBasis = MeaningBasis.UNKNOWN
    unit: str = ""
    unit_basis: MeaningBasis = MeaningBasis.UNKNOWN
    statistic: str = ""
    statistic_basis: MeaningBasis = MeaningBasis.UNKNOWN
    type: MetricType = MetricType.UNKNOWN
    part: str = ""
    raw: bool = False
    factor: float = 1.0
    negated: bool = False
    falling_is_bad: bool = False
    selection: RequestSelection = RequestSelection.ALL
    offset_seconds: float = 0.0
    range_seconds: float | None = None
    step_seconds: float | None = None
    aggregation: str = ""
    grouping: tuple[str, ...] | None = None
    members: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    owner_labels: tuple[str, ...] = ()
    measures: str = ""
    resource: Resource = Resource.NONE
    side: CallSide = CallSide.UNKNOWN
    number: float | None = None
    is_now: bool = False
    selectors: tuple[SeriesSelector, ...] = field(default=())

    @property
    def is_unknown(self) -> bool:
        """Whether nothing says what this measures."""
        return self.role is MeasuredRole.UNKNOWN


def weaker(*bases: MeaningBasis) -> MeaningBasis:
    """The least reliable of these bases."""
    return max(bases, key=_ORDER.index)


def longest(*ranges: float | None) -> float | None:
    """The longest of the ranges that are known; 0.0 (a variable's) only if there is no other."""
    given = [seconds for seconds in ranges if seconds is not None]
    return max(given) if given else None
