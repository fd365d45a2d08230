from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError, RPCStatusCode

from missions.organization import OrgStatus
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.postgres.organizations.organizations import OrganizationStore
from workflows.dashboards import DashboardHealthWorkflow
from workflows.policies import MISSIONS

PERIOD_S = 60.0
PREFIX = "dashboards-health-"


class DashboardSchedules:
    """Keeps one Temporal Schedule per active organization, which tests all its dashboards."""

    def __init__(self, temporal: Client, organizations: OrganizationStore, every: timedelta) -> None:
        self._temporal = temporal
        self._organizations = organizations
        self._every = every

    def add_to(self, loops: BackgroundLoops) -> None:
        """Looks once a minute: organizations are created and suspended while this process runs."""
        loops.every(PERIOD_S, self.update, name="dashboard-schedules")

    async def update(self, run: JobRun) -> None:
        """Creates missing schedules, and deletes those of organizations that are not active any more."""
        active = set(await self._organizations.slugs(OrgStatus.ACTIVE))
        schedules = await self._temporal.list_schedules()
        scheduled = {
            schedule.id.removeprefix(PREFIX) async for schedule in schedules if schedule.id.startswith(PREFIX)
        }
        await run.for_each(sorted(active - scheduled), self._create)
        await run.for_each(sorted(scheduled - active), self._delete)

    async def _create(self, org: str) -> None:
        action = ScheduleActionStartWorkflow(
            DashboardHealthWorkflow.run,
            org,
            id=f"{PREFIX}{org}",
            task_queue=MISSIONS,
            execution_timeout=timedelta(minutes=10),
        )
        spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self._every)], jitter=self._every / 10)
        policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP)
        try:
            await self._temporal.create_schedule(
                f"{PREFIX}{org}", Schedule(action=action, spec=spec, policy=policy)
            )
        except ScheduleAlreadyRunningError:
            return  # another worker was faster, or the list is outdated

    async def _delete(self, org: str) -> None:
        try:
            await self._temporal.get_schedule_handle(f"{PREFIX}{org}").delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
