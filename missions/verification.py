from enum import StrEnum

from missions.frozen_model import FrozenModel


class Recovery(StrEnum):
    """What the same panels show after the action. Unknown never counts as recovered."""

    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    UNKNOWN = "unknown"


class Comparison(FrozenModel):
    """One series before the incident, during it and after the action, as medians in `unit`.

    `limit` is the highest level that counts as normal. `low` to `high` is the 90 % confidence interval of the
    level after the action, from `samples` samples. `chance` is the probability of samples this much lower
    than during the incident if the action had changed nothing.
    """

    id: str
    service: str
    metric: str
    unit: str
    normal: float | None
    incident: float | None
    after: float | None
    recovery: Recovery
    limit: float | None = None
    samples: int = 0
    low: float | None = None
    high: float | None = None
    chance: float | None = None


class Verification(FrozenModel):
    """The result with the compared numbers."""

    recovery: Recovery
    reason: str
    comparisons: tuple[Comparison, ...] = ()
