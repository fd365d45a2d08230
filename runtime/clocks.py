import asyncio
from datetime import timedelta

import structlog
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
from stores.postgres.organizations.organizations import OrganizationStore
from workflows.dashboards import DashboardHealthWorkflow
from workflows.policies import MISSIONS

log = structlog.get_logger(__name__)
PERIOD_S = 60.0
NAMED = "dashboards-health-"


class DashboardClocks:
    """Has the dashboards of every active organization tested by the clock: one Temporal Schedule each."""

    def __init__(self, temporal: Client, every: timedelta) -> None:
        self._temporal = temporal
        self._every = every

    async def run(self, orgs: OrganizationStore) -> None:
        """Each minute, for ever: organizations are founded and suspended while this runs."""
        while True:
            try:
                await self.keep(await orgs.slugs(OrgStatus.ACTIVE))
            except Exception:  # whatever it is: the next look may succeed
                log.exception("dashboards' schedules were not looked after")
            await asyncio.sleep(PERIOD_S)  # a pulse, not a wait for a condition

    async def keep(self, orgs: list[str]) -> None:
        """Makes those that lack, and ends those of organizations that are gone. RPCError."""
        listed = await self._temporal.list_schedules()
        there = {one.id.removeprefix(NAMED) async for one in listed if one.id.startswith(NAMED)}
        for org in sorted(set(orgs) - there):
            await self._make(org)
        for org in sorted(there - set(orgs)):
            await self._end(org)

    async def _make(self, org: str) -> None:
        action = ScheduleActionStartWorkflow(
            DashboardHealthWorkflow.run,
            org,
            id=f"{NAMED}{org}",
            task_queue=MISSIONS,
            execution_timeout=timedelta(minutes=10),
        )
        spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self._every)], jitter=self._every / 10)
        policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP)
        try:
            await self._temporal.create_schedule(
                f"{NAMED}{org}", Schedule(action=action, spec=spec, policy=policy)
            )
        except ScheduleAlreadyRunningError:
            return  # another worker was first, or the list is a moment old

    async def _end(self, org: str) -> None:
        try:
            await self._temporal.get_schedule_handle(f"{NAMED}{org}").delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
