"""Workflows for dashboards: detection of the product, health, search, and new seals after a key rotation."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.probing import Probing, Registering
from missions.health import (
    DashboardHealth,
    DashboardMatch,
    DashboardSearch,
    DetectedProduct,
    HealthNote,
    HealthProbe,
    ResealInput,
)
from workflows.activity_runner import run_activity

MAX_PARALLEL_PROBES = 2
"""Health probes of one organization at a time: missions need the browsers, too."""


async def _probe(probe: HealthProbe) -> DashboardHealth:
    health = await run_activity(Probing.probe, probe, summary=f"Open {probe.connector}")
    note = HealthNote(org=probe.org, connector=probe.connector, health=health)
    await run_activity(Registering.note_health, note, summary=f"{probe.connector} is {health.status}")
    return health


@workflow.defn(name="DashboardTestWorkflow")
class DashboardTestWorkflow:
    """Opens one dashboard in a browser and stores its health."""

    @workflow.run
    async def run(self, probe: HealthProbe) -> DashboardHealth:
        """Returns the dashboard's version, its latency and what its credentials allow."""
        return await _probe(probe)


@workflow.defn(name="DashboardSearchWorkflow")
class DashboardSearchWorkflow:
    """Searches one dashboard for pages that a mission could visit."""

    @workflow.run
    async def run(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """Returns the matching dashboards, panels or metrics."""
        return await run_activity(Probing.discover, search, summary=f"Search {search.probe.connector}")


@workflow.defn(name="DashboardDetectionWorkflow")
class DashboardDetectionWorkflow:
    """Finds out which product answers at an address that somebody wants to register."""

    @workflow.run
    async def run(self, probe: HealthProbe) -> DetectedProduct:
        """Returns the type that its connector should have."""
        return await run_activity(Probing.detect, probe, summary=f"Detect {probe.connector}")


@workflow.defn(name="DashboardHealthWorkflow")
class DashboardHealthWorkflow:
    """Tests all dashboards of an organization. A schedule runs it."""

    @workflow.run
    async def run(self, org: str) -> int:
        """Returns how many were tested. A dashboard that cannot be tested does not stop the others."""
        probes = await run_activity(Registering.list_probes, org, summary="List the dashboards")
        slots = asyncio.Semaphore(MAX_PARALLEL_PROBES)

        async def test(probe: HealthProbe) -> bool:
            async with slots:
                try:
                    await _probe(probe)
                except ActivityError:
                    return False
                return True

        return sum(await asyncio.gather(*(test(probe) for probe in probes)))


@workflow.defn(name="ResealWorkflow")
class ResealWorkflow:
    """Seals an organization's credentials again for the newest key, after a key rotation."""

    @workflow.run
    async def run(self, org: str) -> int:
        """Returns how many were sealed again. Credentials that no key opens are left as they are."""
        probes = await run_activity(Registering.list_probes, org, summary="List the dashboards")
        resealed = 0
        for probe in probes:
            sealed, target = probe.target.sealed, probe.target
            if sealed is None:
                continue
            before = ResealInput(org=org, connector=probe.connector, base_url=target.base_url, sealed=sealed)
            try:
                after = await run_activity(
                    Probing.seal_anew, before, summary=f"Seal the credentials of {probe.connector}"
                )
            except ActivityError:
                continue
            resealed += await run_activity(
                Registering.replace_seal, before, after, summary=f"Store the seal of {probe.connector}"
            )
        return resealed
