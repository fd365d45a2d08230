from datetime import datetime

from temporalio import activity

from activities.diagnosing import load
from activities.ports import Artifacts, Diagnoser
from missions.diagnosis import Diagnosis
from missions.evidence import Evidence, Sighting
from missions.verification import Verification
from missions.word import Word

SMOOTHING_S = 5.0
"""Dashboards show rates over a sliding window: samples this close to the action still mix in the incident."""


class Looks(Word):
    """The input of verify: the same panels before and after the action."""

    diagnosis: Diagnosis
    before: tuple[Sighting, ...]
    after: tuple[Sighting, ...]
    acted_at: datetime


class Verifying:
    """Judges by numbers alone whether the action helped."""

    def __init__(self, diagnoser: Diagnoser, artifacts: Artifacts) -> None:
        self._diagnoser = diagnoser
        self._artifacts = artifacts

    @activity.defn
    async def verify(self, looks: Looks) -> Verification:
        """Recovered, not recovered, or unknown; unknown never passes."""
        before = await load(self._artifacts, looks.before)
        since = looks.acted_at.timestamp() + SMOOTHING_S
        after = tuple(_since(evidence, since) for evidence in await load(self._artifacts, looks.after))
        return await self._diagnoser.compare(looks.diagnosis, before, after)


def _since(evidence: Evidence, since: float) -> Evidence:
    """The evidence with only the samples (epoch seconds) that were taken since then."""
    series = tuple(
        line.model_copy(update={"points": tuple(point for point in line.points if point[0] >= since)})
        for line in evidence.series
    )
    return evidence.model_copy(update={"series": series})
