from enum import StrEnum

from missions.word import Word


class Recovery(StrEnum):
    """What the numbers of the same panels say after the action; unknown never passes."""

    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    UNKNOWN = "unknown"


class Comparison(Word):
    """One series before the incident, during it and after the action, as medians in `unit`."""

    id: str
    service: str
    metric: str
    unit: str
    normal: float | None
    incident: float | None
    after: float | None
    recovery: Recovery


class Verification(Word):
    """The judgement with the numbers that it rests on."""

    recovery: Recovery
    reason: str
    comparisons: tuple[Comparison, ...] = ()
