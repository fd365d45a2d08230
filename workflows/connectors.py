"""Small stories about registered dashboards: tested by a button or by the clock, searched, sealed anew."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.probing import Probing, Registering
from missions.health import (
    DashboardHealth,
    DashboardMatch,
    DashboardSearch,
    HealthNote,
    HealthProbe,
    ResealInput,
)
from workflows.run_activity import run_activity

AT_ONCE = 2
"""So many tests run side by side: missions need the browsers more."""


async def _probed(probe: HealthProbe) -> DashboardHealth:
    health = await run_activity(Probing.probe, probe, summary=f"Open {probe.connector}")
    noted = HealthNote(org=probe.org, connector=probe.connector, health=health)
    await run_activity(Registering.note_health, noted, summary=f"{probe.connector} is {health.status}")
    return health


@workflow.defn(name="DashboardTestWorkflow")
class DashboardTestWorkflow:
    """Opens one dashboard in a browser, and keeps how it is."""

    @workflow.run
    async def run(self, probe: HealthProbe) -> DashboardHealth:
        """Its version, how long it takes, and what it allows."""
        return await _probed(probe)


@workflow.defn(name="DashboardSearchWorkflow")
class DashboardSearchWorkflow:
    """Asks one dashboard what it has to look at."""

    @workflow.run
    async def run(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """Its dashboards, panels or metrics."""
        return await run_activity(Probing.discover, search, summary=f"Search {search.probe.connector}")


@workflow.defn(name="DashboardHealthWorkflow")
class DashboardHealthWorkflow:
    """Tests all dashboards of an organization; a schedule runs it."""

    @workflow.run
    async def run(self, org: str) -> int:
        """How many were tested. One that cannot be tested hinders no other."""
        probes = await run_activity(Registering.list_probes, org, summary="Which dashboards there are")
        turn = asyncio.Semaphore(AT_ONCE)

        async def test(probe: HealthProbe) -> bool:
            async with turn:
                try:
                    await _probed(probe)
                except ActivityError:
                    return False
                return True

        return sum(await asyncio.gather(*(test(probe) for probe in probes)))


@workflow.defn(name="ResealWorkflow")
class ResealWorkflow:
    """After a key rotation: every organization's credentials, sealed for the newest key."""

    @workflow.run
    async def run(self, org: str) -> int:
        """How many were sealed anew. Those that no key opens are left as they are."""
        probes = await run_activity(Registering.list_probes, org, summary="Which dashboards there are")
        done = 0
        for probe in probes:
            sealed, target = probe.target.sealed, probe.target
            if sealed is None:
                continue
            before = ResealInput(org=org, connector=probe.connector, base_url=target.base_url, sealed=sealed)
            try:
                after = await run_activity(Probing.seal_anew, before, summary=f"Seal {probe.connector} anew")
            except ActivityError:
                continue
            done += await run_activity(
                Registering.replace_seal, before, after, summary=f"Keep {probe.connector}"
            )
        return done
