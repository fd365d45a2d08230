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
from missions.workflow_ids import WorkflowKind, organization_of, schedule_id
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.postgres.organizations.organizations import OrganizationStore
from workflows.dashboards import DashboardHealthWorkflow
from workflows.policies import MISSIONS

PERIOD_S = 60.0


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
        scheduled = {
            organization
            async for schedule in await self._temporal.list_schedules()
            if (organization := organization_of(schedule.id)) and schedule.id == _id(organization)
        }
        await run.for_each(sorted(active - scheduled), self._create)
        await run.for_each(sorted(scheduled - active), self._delete)

    async def _create(self, org: str) -> None:
        action = ScheduleActionStartWorkflow(
            DashboardHealthWorkflow.run,
            org,
            id=_id(org),
            task_queue=MISSIONS,
            execution_timeout=timedelta(minutes=10),
        )
        spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self._every)], jitter=self._every / 10)
        policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP)
        try:
            await self._temporal.create_schedule(_id(org), Schedule(action=action, spec=spec, policy=policy))
        except ScheduleAlreadyRunningError:
            return  # another worker was faster, or the list is outdated

    async def _delete(self, org: str) -> None:
        try:
            await self._temporal.get_schedule_handle(_id(org)).delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


def _id(organization: str) -> str:
    return schedule_id(WorkflowKind.DASHBOARDS_HEALTH, organization)
