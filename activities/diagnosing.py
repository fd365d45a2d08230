import asyncio
from uuid import UUID

from temporalio import activity

from activities.highlighting import Highlighting
from activities.ports import Artifacts, Diagnoser, Journal
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.errors import UnavailableError
from missions.evidence import Evidence, PageObservation, PanelState
from missions.frozen_model import FrozenModel
from missions.hypotheses import feedback_of, with_feedback

_PARTIAL_DEADLINE_S = 5.0


class DiagnoseInput(FrozenModel):
    """The input of diagnose and weigh: the prompt and the observations so far."""

    org: str
    mission_id: UUID
    prompt: str
    sightings: tuple[PageObservation, ...]


async def load(
    artifacts: Artifacts, org: str, observations: tuple[PageObservation, ...]
) -> tuple[Evidence, ...]:
    """The numbers of the observations; those without numbers are left out."""
    refs = [observation.numbers for observation in observations if observation.numbers is not None]
    contents = await asyncio.gather(*(artifacts.get(org, ref) for ref in refs))
    return tuple(Evidence.model_validate_json(content) for content in contents)


class Diagnosing:
    """Asks the root cause engine, and applies people's feedback to its answer."""

    def __init__(
        self, diagnoser: Diagnoser, artifacts: Artifacts, journal: Journal, highlighting: Highlighting
    ) -> None:
        self._diagnoser = diagnoser
        self._highlighting = highlighting
        self._artifacts = artifacts
        self._journal = journal

    @activity.defn
    async def diagnose(self, diagnose_input: DiagnoseInput) -> Diagnosis:
        """Names the cause with its evidence, or answers healthy or inconclusive."""
        evidence = await load(self._artifacts, diagnose_input.org, diagnose_input.sightings)
        diagnosis = await self._diagnosis(diagnose_input, evidence)
        highlights = await self._highlighting.highlights(
            diagnose_input.org, diagnosis, diagnose_input.sightings, evidence
        )
        return diagnosis.model_copy(update={"highlights": highlights})

    @activity.defn
    async def weigh(self, diagnose_input: DiagnoseInput) -> Diagnosis | None:
        """The diagnosis from the pages so far; None if the engine takes longer than 5 s or is away."""
        try:
            async with asyncio.timeout(_PARTIAL_DEADLINE_S):
                return await self._diagnosis(
                    diagnose_input, await load(self._artifacts, diagnose_input.org, diagnose_input.sightings)
                )
        except (TimeoutError, UnavailableError):
            return None

    async def _diagnosis(self, diagnose_input: DiagnoseInput, evidence: tuple[Evidence, ...]) -> Diagnosis:
        diagnosis = await self._diagnoser.diagnose(diagnose_input.prompt, evidence)
        events = await self._journal.read(diagnose_input.org, diagnose_input.mission_id)
        again = look_again(diagnosis, diagnose_input.sightings, evidence)
        # A remote engine must not choose stored objects that people are then shown.
        own = diagnosis.model_copy(update={"look_again": again, "highlights": ()})
        return with_feedback(own, feedback_of(events))


def look_again(
    diagnosis: Diagnosis, observations: tuple[PageObservation, ...], evidence: tuple[Evidence, ...]
) -> tuple[str, ...]:
    """The targets whose next visit may resolve an inconclusive diagnosis: those that were not ready.

    If all were ready, those that show the candidates: they will have more samples.
    """
    if diagnosis.verdict is not DiagnosisVerdict.INCONCLUSIVE:
        return ()
    not_ready = [
        observation.target for observation in observations if observation.state is not PanelState.READY
    ]
    if not_ready:
        return tuple(sorted(set(not_ready)))
    services = {candidate.service for candidate in diagnosis.root_cause_candidates}
    targets = {page.target for page in evidence if services & {series.service for series in page.series}}
    return tuple(sorted(targets))
