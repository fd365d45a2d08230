from datetime import datetime

from temporalio import activity

from activities.diagnosing import load
from activities.ports import Artifacts, Diagnoser
from missions.diagnosis import Diagnosis
from missions.evidence import PageObservation
from missions.frozen_model import FrozenModel
from missions.verification import Verification


class VerifyInput(FrozenModel):
    """The input of verify: the same panels before and after the action, which was done by `since`."""

    diagnosis: Diagnosis
    before: tuple[PageObservation, ...]
    after: tuple[PageObservation, ...]
    since: datetime


class Verifying:
    """Judges by numbers alone whether the action helped."""

    def __init__(self, diagnoser: Diagnoser, artifacts: Artifacts) -> None:
        self._diagnoser = diagnoser
        self._artifacts = artifacts

    @activity.defn
    async def verify(self, looks: VerifyInput) -> Verification:
        """Recovered, not recovered, or unknown; unknown never passes."""
        before = await load(self._artifacts, looks.before)
        after = await load(self._artifacts, looks.after)
        return await self._diagnoser.compare(looks.diagnosis, before, after, looks.since)
