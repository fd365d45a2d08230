import asyncio
from collections.abc import Callable
from datetime import datetime

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


class Observation:
    """Looks at the pages of a plan, before and after an action."""

    def __init__(self, brief: Brief, activities: ActivityRunner) -> None:
        self._brief = brief
        self._activities = activities

    async def look(
        self, plan: Plan, phase: Phase, saw: Callable[[PageObservation], None] | None = None
    ) -> tuple[PageObservation, ...]:
        """All pages side by side; one that cannot be visited is evidence that says so.

        `saw` is told of each page as it was seen.
        """
        now = workflow.now()
        window = Window(start=now - plan.window, end=now)
        looks = (self._visit(target, window, phase, saw) for target in plan.targets)
        return tuple(await asyncio.gather(*looks))

    async def compare(
        self, plan: Plan, diagnosis: Diagnosis, before: tuple[PageObservation, ...], since: datetime
    ) -> Verification:
        """Looks at the same pages again; only what was measured after `since` counts."""
        after = await self.look(plan, Phase.AFTER)
        looks = VerifyInput(diagnosis=diagnosis, before=before, after=after, since=since)
        return await self._activities.run(Verifying.verify, looks, "Compare the same panels", "verify")

    async def _visit(
        self, target: Target, window: Window, phase: Phase, saw: Callable[[PageObservation], None] | None
    ) -> PageObservation:
        visit = Visit(
            org=self._brief.org,
            mission_id=str(self._brief.mission_id),
            target=target,
            window=window,
            phase=phase,
        )
        try:
            sighting = await self._activities.run(
                Observing.observe, visit, f"Look at {target.title} ({phase})", f"observe-{phase}-{target.id}"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            sighting = unseen(target, phase, innermost_message(error))
        await self._activities.record(Observed(sighting=sighting))
        if saw is not None:
            saw(sighting)
        return sighting
