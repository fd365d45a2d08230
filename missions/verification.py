from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from missions.frozen_model import FrozenModel


class Recovery(StrEnum):
    """What the same panels and alerts show after the action. Unknown never counts as recovered.

    `STILL_BAD_ELSEWHERE`: the service that the action was about is well again, others are not.
    """

    RECOVERED = "recovered"
    STILL_BAD_ELSEWHERE = "still_bad_elsewhere"
    NOT_RECOVERED = "not_recovered"
    UNKNOWN = "unknown"


class PanelRef(NamedTuple):
    """A panel of a target's page."""

    target: str
    panel: str


class AppliedAction(FrozenModel):
    """An action that was applied to a service ("" where it is not known), and when it had ended."""

    service: str
    ended_at: datetime


class ProofPlan(FrozenModel):
    """How long the proof of a recovery takes after an action, by what the pages deliver.

    `seconds`: the longest query window among the panels that show the incident, then `samples` samples that
    are `step_seconds` apart. Until then no action is called useless, and none is undone.
    """

    seconds: float
    query_window_seconds: float
    step_seconds: float
    samples: int

    @property
    def takes(self) -> timedelta:
        """The time that the proof takes after the end of the action."""
        return timedelta(seconds=self.seconds)


class Comparison(FrozenModel):
    """One measurement before the incident, during it and after the action, as levels in `unit`.

    `limit` is the highest level that counts as normal. `low` to `high` are the lowest and highest of the
    `samples` samples after the action that count. `chance` is the probability of so many samples within the
    limit if the level were at it. `reason` says why it is not recovered.
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
    reason: str = ""


class AlertCheck(FrozenModel):
    """An alert of the incident, and whether it still fires; `service` is "" where it names none."""

    name: str
    service: str
    fires: bool
    recovery: Recovery


class Verification(FrozenModel):
    """The result with what was compared.

    `missing` says what a result other than "recovered" lacks; `still_bad` are the services that were bad in
    the incident and still are.
    """

    recovery: Recovery
    reason: str
    comparisons: tuple[Comparison, ...] = ()
    alerts: tuple[AlertCheck, ...] = ()
    missing: tuple[str, ...] = ()
    still_bad: tuple[str, ...] = ()


def relapsed(verification: Verification) -> bool:
    """Whether a later look saw the incident again."""
    return verification.recovery in {Recovery.NOT_RECOVERED, Recovery.STILL_BAD_ELSEWHERE}
