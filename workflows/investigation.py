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
from workflows.policies import MAX_REPEATED_LOOKS, REPEAT_AFTER


class Investigation:
    """Runs the diagnosis: first hypotheses while pages are visited, then the diagnosis itself.

    An inconclusive diagnosis may ask for some pages to be visited again.
    """

    def __init__(self, brief: Brief, activities: ActivityRunner, observation: Observation) -> None:
        self._brief = brief
        self._activities = activities
        self._observation = observation
        self._observed: dict[str, PageObservation] = {}
        self._changed = False
        self.contested = False
        """Whether people gave feedback on the hypotheses since the newest diagnosis was started."""

    def notify(self) -> None:
        """Says that there is new feedback in the table."""
        self.contested = self._changed = True

    async def observe(self, plan: Plan) -> tuple[PageObservation, ...]:
        """Visits all pages, and records hypotheses as the observations come in."""
        async with self._recording_hypotheses(len(plan.targets)):
            return await self._observation.observe(plan, Phase.BEFORE, self._on_observed)

    async def diagnose(
        self, plan: Plan, observations: tuple[PageObservation, ...]
    ) -> tuple[Diagnosis, tuple[PageObservation, ...]]:
        """Returns the diagnosis and the observations it rests on, repeated visits included."""
        diagnosis = await self._diagnose(observations)
        for _ in range(MAX_REPEATED_LOOKS):
            targets = tuple(target for target in plan.targets if target.id in diagnosis.look_again)
            if diagnosis.verdict is not DiagnosisVerdict.INCONCLUSIVE or not targets:
                break
            await self._activities.record(Hypothesized(pages=len(observations), diagnosis=diagnosis))
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda: self.contested, timeout=REPEAT_AFTER, timeout_summary="before looking again"
                )
            again = await self._observation.observe(
                plan.model_copy(update={"targets": targets}), Phase.BEFORE
            )
            observations = _merged(observations, again)
            diagnosis = await self._diagnose(observations)
        return diagnosis, observations

    def _on_observed(self, observation: PageObservation) -> None:
        self._observed[observation.target] = observation
        self._changed = True

    @contextlib.asynccontextmanager
    async def _recording_hypotheses(self, pages: int) -> AsyncIterator[None]:
        recording = asyncio.create_task(self._record_hypotheses(pages))
        try:
            yield
        except BaseException:
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)
            raise
        self._changed = True
        await recording

    async def _record_hypotheses(self, pages: int) -> None:
        """Diagnoses after each page but the last: after the last comes the diagnosis itself."""
        recorded: Diagnosis | None = None
        while True:
            await workflow.wait_condition(lambda: self._changed)
            if len(self._observed) >= pages:
                return
            self._changed = False
            if not self._observed:
                continue
            observations = tuple(self._observed.values())
            try:
                diagnosis = await self._activities.run(
                    Diagnosing.weigh, self._diagnose_input(observations), "Diagnose from the pages so far"
                )
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                continue
            if diagnosis is not None and diagnosis.root_cause_candidates and diagnosis != recorded:
                recorded = diagnosis
                await self._activities.record(Hypothesized(pages=len(observations), diagnosis=diagnosis))

    async def _diagnose(self, observations: tuple[PageObservation, ...]) -> Diagnosis:
        self.contested = False
        return await self._activities.run(
            Diagnosing.diagnose, self._diagnose_input(observations), "Find the cause", "diagnose"
        )

    def _diagnose_input(self, observations: tuple[PageObservation, ...]) -> DiagnoseInput:
        brief = self._brief
        return DiagnoseInput(
            org=brief.org, mission_id=brief.mission_id, prompt=brief.prompt, sightings=observations
        )


def _merged(
    before: tuple[PageObservation, ...], again: tuple[PageObservation, ...]
) -> tuple[PageObservation, ...]:
    """The newest observation of each page that has numbers; otherwise the older one."""
    newest = {observation.target: observation for observation in again if observation.numbers is not None}
    return tuple(newest.get(observation.target, observation) for observation in before)
