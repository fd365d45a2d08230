from enum import StrEnum

from missions.frozen_model import FrozenModel


class Recovery(StrEnum):
    """What the numbers of the same panels say after the action; unknown never passes."""

    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    UNKNOWN = "unknown"


class Comparison(FrozenModel):
    """One series before the incident, during it and after the action, as medians in `unit`.

    `limit` is the highest level that counts as normal. Of `samples` since the action, `low` to `high` holds
    the level with 90 % confidence; `chance` is the probability that they would be so much lower than those of
    the incident if the action had changed nothing.
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
    """The judgement with the numbers that it rests on."""

    recovery: Recovery
    reason: str
    comparisons: tuple[Comparison, ...] = ()
