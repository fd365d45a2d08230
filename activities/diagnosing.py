import asyncio
from uuid import UUID

from temporalio import activity

from activities.highlighting import Highlighting
from activities.ports import Artifacts, Diagnoser, Journal
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.errors import UnavailableError
from missions.evidence import Evidence, PageObservation, PanelState
from missions.frozen_model import FrozenModel
from missions.hypotheses import respected, stands_of

_SOON = 5.0  # seconds after which what is only weighed is given up


class DiagnoseInput(FrozenModel):
    """The input of diagnose: what people say is wrong, and what was seen."""

    org: str
    mission_id: UUID
    prompt: str
    sightings: tuple[PageObservation, ...]


async def load(artifacts: Artifacts, sightings: tuple[PageObservation, ...]) -> tuple[Evidence, ...]:
    """The numbers behind the sightings; those without numbers are left out."""
    refs = [sighting.numbers for sighting in sightings if sighting.numbers is not None]
    contents = await asyncio.gather(*(artifacts.get(ref) for ref in refs))
    return tuple(Evidence.model_validate_json(content) for content in contents)


class Diagnosing:
    """Asks the root cause engine, and respects what people say."""

    def __init__(
        self, diagnoser: Diagnoser, artifacts: Artifacts, journal: Journal, highlighting: Highlighting
    ) -> None:
        self._diagnoser = diagnoser
        self._highlighting = highlighting
        self._artifacts = artifacts
        self._journal = journal

    @activity.defn
    async def diagnose(self, symptom: DiagnoseInput) -> Diagnosis:
        """Names the cause with its evidence, or answers healthy or inconclusive."""
        evidence = await load(self._artifacts, symptom.sightings)
        diagnosis = await self._judged(symptom, evidence)
        marked = await self._highlighting.marked(symptom.org, diagnosis, symptom.sightings, evidence)
        return diagnosis.model_copy(update={"highlights": marked})

    @activity.defn
    async def weigh(self, symptom: DiagnoseInput) -> Diagnosis | None:
        """What is possible so far; None where the engine does not say it soon."""
        try:
            async with asyncio.timeout(_SOON):
                return await self._judged(symptom, await load(self._artifacts, symptom.sightings))
        except (TimeoutError, UnavailableError):
            return None

    async def _judged(self, symptom: DiagnoseInput, evidence: tuple[Evidence, ...]) -> Diagnosis:
        diagnosis = await self._diagnoser.diagnose(symptom.prompt, evidence)
        told = await self._journal.read(symptom.org, symptom.mission_id)
        again = look_again(diagnosis, symptom.sightings, evidence)
        # An engine elsewhere must not name objects that people are then shown.
        own = diagnosis.model_copy(update={"look_again": again, "highlights": ()})
        return respected(own, stands_of(told))


def look_again(
    diagnosis: Diagnosis, sightings: tuple[PageObservation, ...], evidence: tuple[Evidence, ...]
) -> tuple[str, ...]:
    """The targets that may show what an inconclusive diagnosis lacks: those that were not seen well.

    Where all were, those that show its candidates: they have more samples by then.
    """
    if diagnosis.verdict is not DiagnosisVerdict.INCONCLUSIVE:
        return ()
    unwell = [one.target for one in sightings if one.state is not PanelState.READY]
    if unwell:
        return tuple(sorted(set(unwell)))
    named = {one.service for one in diagnosis.root_cause_candidates}
    showing = {page.target for page in evidence if named & {one.service for one in page.series}}
    return tuple(sorted(showing))
