import asyncio
import contextlib
from collections.abc import AsyncIterator

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.diagnosing import DiagnoseInput, Diagnosing
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.event import Hypothesized
from missions.evidence import PageObservation
from missions.mission import Brief
from missions.plan import Phase, Plan
from workflows.activity_runner import ActivityRunner
from workflows.observation import Observation
from workflows.policies import LOOKS_AGAIN, PATIENCE


class Investigation:
    """Diagnoses: while pages are looked at, and at the end; looks again at what may show what is missing."""

    def __init__(self, brief: Brief, activities: ActivityRunner, observation: Observation) -> None:
        self._brief = brief
        self._activities = activities
        self._observation = observation
        self._seen: dict[str, PageObservation] = {}
        self._due = False
        self.steered = False
        """Whether people had a word about the hypotheses since the newest diagnosis was begun."""

    def ring(self) -> None:
        """Somebody says that a hypothesis was steered; the row says how."""
        self.steered = self._due = True

    async def look(self, plan: Plan) -> tuple[PageObservation, ...]:
        """Looks at all pages; what is possible is told as they come in."""
        async with self._weighing(len(plan.targets)):
            return await self._observation.look(plan, Phase.BEFORE, self._saw)

    async def diagnose(
        self, plan: Plan, observations: tuple[PageObservation, ...]
    ) -> tuple[Diagnosis, tuple[PageObservation, ...]]:
        """The diagnosis, and what was seen, newest looks included."""
        diagnosis = await self._asked(observations)
        for _ in range(LOOKS_AGAIN):
            targets = tuple(one for one in plan.targets if one.id in diagnosis.look_again)
            if diagnosis.verdict is not DiagnosisVerdict.INCONCLUSIVE or not targets:
                break
            await self._activities.record(Hypothesized(pages=len(observations), diagnosis=diagnosis))
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda: self.steered, timeout=PATIENCE, timeout_summary="before looking again"
                )
            again = await self._observation.look(plan.model_copy(update={"targets": targets}), Phase.BEFORE)
            observations = _renewed(observations, again)
            diagnosis = await self._asked(observations)
        return diagnosis, observations

    def _saw(self, sighting: PageObservation) -> None:
        self._seen[sighting.target] = sighting
        self._due = True

    @contextlib.asynccontextmanager
    async def _weighing(self, pages: int) -> AsyncIterator[None]:
        weighing = asyncio.create_task(self._weigh(pages))
        try:
            yield
        except BaseException:
            weighing.cancel()
            await asyncio.gather(weighing, return_exceptions=True)
            raise
        self._due = True
        await weighing

    async def _weigh(self, pages: int) -> None:
        """Tells what is possible after each page but the last: that is the diagnosis itself."""
        told: Diagnosis | None = None
        while True:
            await workflow.wait_condition(lambda: self._due)
            if len(self._seen) >= pages:
                return
            self._due = False
            if not self._seen:
                continue
            seen = tuple(self._seen.values())
            try:
                weighed = await self._activities.run(
                    Diagnosing.weigh, self._symptom(seen), "Weigh what was seen so far"
                )
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                continue
            if weighed is not None and weighed.root_cause_candidates and weighed != told:
                told = weighed
                await self._activities.record(Hypothesized(pages=len(seen), diagnosis=weighed))

    async def _asked(self, observations: tuple[PageObservation, ...]) -> Diagnosis:
        self.steered = False
        return await self._activities.run(
            Diagnosing.diagnose, self._symptom(observations), "Find the cause", "diagnose"
        )

    def _symptom(self, observations: tuple[PageObservation, ...]) -> DiagnoseInput:
        brief = self._brief
        return DiagnoseInput(
            org=brief.org, mission_id=brief.mission_id, prompt=brief.prompt, sightings=observations
        )


def _renewed(
    before: tuple[PageObservation, ...], again: tuple[PageObservation, ...]
) -> tuple[PageObservation, ...]:
    """The newer look of each page, unless the older one was better."""
    newer = {one.target: one for one in again if one.numbers is not None}
    return tuple(newer.get(one.target, one) for one in before)
