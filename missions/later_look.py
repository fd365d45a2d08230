from datetime import datetime, timedelta
from uuid import UUID

from missions.diagnosis import Diagnosis
from missions.evidence import PageObservation
from missions.frozen_model import FrozenModel
from missions.mission import Brief
from missions.plan import Plan

LATER_LOOK_WORKFLOW = "LaterLookWorkflow"
"""The workflow's name: a mission starts it, and the reconciler finds it by the name."""


class LaterLook(FrozenModel):
    """A look at a mission's pages after its end: its input is what the mission's own verification had.

    `at` is when it is due; the action on `service` under this approval ended before `since`.
    """

    brief: Brief
    plan: Plan
    diagnosis: Diagnosis
    before: tuple[PageObservation, ...]
    approval_id: UUID
    service: str
    since: datetime
    at: datetime

    @property
    def runs_for(self) -> timedelta:
        """The longest time from the mission's end to the end of the look."""
        return self.at - self.since + timedelta(hours=1)
