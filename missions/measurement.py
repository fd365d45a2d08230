"""What a series may measure, and what a person says that it does."""

from enum import StrEnum

from pydantic import Field

from missions.frozen_model import FrozenModel


class MeasuredRole(StrEnum):
    """What a series measures.

    `SATURATION` is a share of a limit, `USAGE` an amount of a resource, `LIMIT` its capacity, `QUEUE` work
    that waits, `UP` the health of a target (1 is good), `OTHER` has a known meaning that is none of these.
    """

    TRAFFIC = "traffic"
    ERRORS = "errors"
    ERROR_RATIO = "error_ratio"
    SUCCESS_RATIO = "success_ratio"
    LATENCY = "latency"
    SATURATION = "saturation"
    USAGE = "usage"
    LIMIT = "limit"
    QUEUE = "queue"
    UP = "up"
    RESTARTS = "restarts"
    OTHER = "other"
    UNKNOWN = "unknown"


class SeriesMapping(FrozenModel):
    """What a person says that a series measures; None where they say nothing.

    `metric` is their name for it; what else they leave open follows from a name that has a known meaning.
    """

    role: MeasuredRole | None = None
    unit: str | None = Field(default=None, max_length=50)
    statistic: str | None = Field(default=None, max_length=50)
    service: str | None = Field(default=None, max_length=200)
    metric: str | None = Field(default=None, max_length=200)


class SeriesMeasure(FrozenModel):
    """What series of one panel measure, as the engine understood it; `series` is their number.

    `basis` says how the role is known, most reliable first: person, expression, catalog, panel, name or
    unknown. `query` and `metric` are those of the series, `service` is "" where nothing names it.
    """

    role: MeasuredRole
    basis: str
    unit: str = ""
    statistic: str = ""
    service: str = ""
    metric: str = ""
    query: str = ""
    series: int = 1
