import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.observing import Observing
from activities.verifying import Verifying, VerifyInput
from missions.diagnosis import Diagnosis
from missions.event import Observed
from missions.evidence import PageObservation, unseen
from missions.mission import Brief
from missions.plan import Phase, Plan, Target, Visit, Window
from missions.verification import Verification
from workflows.activity_runner import ActivityRunner, innermost_message

LONGEST_WINDOW = timedelta(minutes=40)
"""The longest window of a look after an action, unless the plan's is longer."""


class Observation:
    """Visits the pages of a plan, before and after an action."""

    def __init__(self, brief: Brief, activities: ActivityRunner) -> None:
        self._brief = brief
        self._activities = activities

    async def observe(
        self,
        plan: Plan,
        phase: Phase,
        on_observed: Callable[[PageObservation], None] | None = None,
        since: datetime | None = None,
    ) -> tuple[PageObservation, ...]:
        """Visits all pages in parallel, and returns one observation per page, in the plan's order.

        A page that cannot be visited returns an observation with the reason. `on_observed` is called with
        each observation as it arrives. The window is the plan's, and begins at `since` if that is earlier.
        """
        now = workflow.now()
        start = min(now - plan.window, since or now)
        window = Window(start=max(start, now - max(plan.window, LONGEST_WINDOW)), end=now)
        visits = (self._visit(target, window, phase, on_observed) for target in plan.targets)
        return tuple(await asyncio.gather(*visits))

    async def verify(
        self,
        plan: Plan,
        diagnosis: Diagnosis,
        before: tuple[PageObservation, ...],
        since: datetime,
        service: str = "",
    ) -> Verification:
        """Visits the same pages again and compares; only samples after `since` count.

        `service` is what was acted on: its symptoms are separate from those of others.
        """
        after = await self.observe(plan, Phase.AFTER, since=since if service else None)
        verify_input = VerifyInput(
            org=self._brief.org,
            diagnosis=diagnosis,
            before=before,
            after=after,
            since=since,
            service=service,
        )
        return await self._activities.run(Verifying.verify, verify_input, "Compare the same panels", "verify")

    async def _visit(
        self,
        target: Target,
        window: Window,
        phase: Phase,
        on_observed: Callable[[PageObservation], None] | None,
    ) -> PageObservation:
        visit = Visit(
            org=self._brief.org,
            mission_id=str(self._brief.mission_id),
            target=target,
            window=window,
            phase=phase,
        )
        try:
            observation = await self._activities.run(
                Observing.observe, visit, f"Look at {target.title} ({phase})", f"observe-{phase}-{target.id}"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            observation = unseen(target, phase, innermost_message(error))
        await self._activities.record(Observed(sighting=observation))
        if on_observed is not None:
            on_observed(observation)
        return observation
