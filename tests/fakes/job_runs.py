"""Runs background jobs in a test: once, or as loops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from prometheus_client import CollectorRegistry

from missions.organization import OrgStatus
from runtime.job_metrics import JobMetrics
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.postgres.organizations.organizations import OrganizationStore


class HasLoops(Protocol):
    """A part of a process that adds loops."""

    def add_to(self, loops: BackgroundLoops) -> None: ...


class ListedOrganizations(OrganizationStore):
    """Organizations that are only slugs, and are listed for every status."""

    def __init__(self, *slugs: str) -> None:
        self.listed = list(slugs)

    async def slugs(self, *_: OrgStatus) -> list[str]:
        return self.listed


def job_run(job: str = "test", registry: CollectorRegistry | None = None) -> JobRun:
    """One run, with metrics of its own."""
    return JobRun(job, JobMetrics(registry or CollectorRegistry()))


@asynccontextmanager
async def looping(*parts: HasLoops) -> AsyncIterator[None]:
    """Runs the loops of these parts during the block; LoopEndedError if one ends early."""
    loops = BackgroundLoops(JobMetrics(CollectorRegistry()))
    for part in parts:
        part.add_to(loops)
    async with loops.running(lambda: None):
        yield
