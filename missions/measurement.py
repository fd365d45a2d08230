"""What a series may measure, and what a person says that it does."""

from enum import StrEnum

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
    """What a person says that a series measures; None where they say nothing."""

    role: MeasuredRole | None = None
    unit: str | None = None
    statistic: str | None = None
    service: str | None = None
