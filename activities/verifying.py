from datetime import datetime

from temporalio import activity

from activities.diagnosing import load
from activities.ports import Artifacts, Diagnoser
from missions.diagnosis import Diagnosis
from missions.evidence import PageObservation
from missions.frozen_model import FrozenModel
from missions.verification import Verification


class VerifyInput(FrozenModel):
    """The input of verify: the same pages before and after the action, which ended before `since`.

    Inputs of older versions have no organization: their numbers are refused.
    """

    org: str = ""
    diagnosis: Diagnosis
    before: tuple[PageObservation, ...]
    after: tuple[PageObservation, ...]
    since: datetime


class Verifying:
    """Compares the numbers before and after an action."""

    def __init__(self, diagnoser: Diagnoser, artifacts: Artifacts) -> None:
        self._diagnoser = diagnoser
        self._artifacts = artifacts

    @activity.defn
    async def verify(self, verify_input: VerifyInput) -> Verification:
        """Recovered, not recovered, or unknown. Unknown never counts as recovered."""
        before = await load(self._artifacts, verify_input.org, verify_input.before)
        after = await load(self._artifacts, verify_input.org, verify_input.after)
        return await self._diagnoser.compare(verify_input.diagnosis, before, after, verify_input.since)
