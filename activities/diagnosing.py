import asyncio

from temporalio import activity

from activities.ports import Artifacts, Diagnoser
from missions.diagnosis import Diagnosis
from missions.evidence import Evidence, Sighting
from missions.word import Word


class Symptom(Word):
    """The input of diagnose: what people say is wrong, and what was seen."""

    prompt: str
    sightings: tuple[Sighting, ...]


async def load(artifacts: Artifacts, sightings: tuple[Sighting, ...]) -> tuple[Evidence, ...]:
    """The numbers behind the sightings; those without numbers are left out."""
    refs = [sighting.numbers for sighting in sightings if sighting.numbers is not None]
    contents = await asyncio.gather(*(artifacts.get(ref) for ref in refs))
    return tuple(Evidence.model_validate_json(content) for content in contents)


class Diagnosing:
    """Asks the root cause engine."""

    def __init__(self, diagnoser: Diagnoser, artifacts: Artifacts) -> None:
        self._diagnoser = diagnoser
        self._artifacts = artifacts

    @activity.defn
    async def diagnose(self, symptom: Symptom) -> Diagnosis:
        """Names the cause with its evidence, or answers healthy or inconclusive."""
        evidence = await load(self._artifacts, symptom.sightings)
        return await self._diagnoser.diagnose(symptom.prompt, evidence)
