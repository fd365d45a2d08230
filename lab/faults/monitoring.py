"""The monitoring itself fails, and the shop is well."""

import asyncio
import contextlib
import os
import signal

import httpx

from lab.faults.background import Background
from lab.faults.fault import Fault
from lab.faults.logs import Since
from lab.faults.measures import value
from lab.faults.names import names_of
from lab.faults.prompts import BLIND
from lab.faults.truth import Family, IncidentType, LabAction
from lab.platform import Lab
from lab.topology import Component
from missions.plan import ActionKind

EXPORTERS = {
    "nginx-exporter": "nginx",
    "postgres-exporter": "postgres",
    "redis-exporter": "redis",
    "node-exporter": "node",
}
"""Processes and the jobs that they answer for."""
WATCHED_S = 60
INTERVAL_S = 5


class MonitoringFault(Fault):
    """No service is at fault."""

    family = Family.MONITORING
    incident_types = (IncidentType.MONITORING,)

    def draw(self) -> None:
        """The component is the monitoring; customers notice nothing."""
        self.component = Component.MONITORING
        self.accepted = names_of(self.component)
        self.also = frozenset({Component.HOST})
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.STOREFRONT),)
        self.prompts = BLIND
        self.note = "customers are served as usual"


class DeadExporter(MonitoringFault):
    """An exporter has ended, or hangs."""

    kind = "exporter-dead"

    def draw(self) -> None:
        """Draws the exporter and how it ends."""
        super().draw()
        self.name = self.random.choice(sorted(EXPORTERS))
        self.hangs = self.random.random() < 0.5  # noqa: PLR2004  heads or tails
        self.detail = f"{self.name} {'hangs' if self.hangs else 'has ended'}"
        self.accepted = (*self.accepted, self.name)

    async def _inject(self, lab: Lab) -> None:
        process = lab.child(self.name).pid
        if self.hangs and process is not None:
            os.killpg(process, signal.SIGSTOP)
        else:
            await lab.processes.stop(self.name)

    async def _lift(self, lab: Lab) -> None:
        child = lab.child(self.name)
        if child.returncode is not None:
            await lab.processes.start(self.name)
        elif child.pid is not None:
            os.killpg(child.pid, signal.SIGCONT)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """What Prometheus says about its last scrape."""
        job = EXPORTERS[self.name]
        return f'up{{job="{job}"}} is 0' if await value(lab, f'up{{job="{job}"}}') == 0 else None


class ScrapeGaps(MonitoringFault):
    """Prometheus stands still again and again: all series have gaps."""

    kind = "scrape-gaps"
    confirm_s = 150.0
    calm_s = 70.0

    def draw(self) -> None:
        """Draws how long it stands still and runs."""
        super().draw()
        self.still_s, self.running_s = self.random.choice(((15, 8), (20, 10), (25, 12)))
        self.detail = f"no scrapes for {self.still_s} s, then {self.running_s} s of scrapes"
        self.task: Background | None = None

    async def _inject(self, lab: Lab) -> None:
        self.task = Background(self._interrupt(lab))

    async def _interrupt(self, lab: Lab) -> None:
        while True:
            _signal(lab, signal.SIGSTOP)
            await asyncio.sleep(self.still_s)
            _signal(lab, signal.SIGCONT)
            await asyncio.sleep(self.running_s)

    async def _lift(self, lab: Lab) -> None:
        if self.task is not None:
            await self.task.stop()
        _signal(lab, signal.SIGCONT)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """How many samples of its own last minute are missing."""
        if since.age < WATCHED_S:
            return None
        with contextlib.suppress(httpx.HTTPError):
            samples = await value(lab, f'count_over_time(up{{job="node"}}[{WATCHED_S}s])')
            expected = WATCHED_S // INTERVAL_S
            if samples is not None and samples <= expected - 3:
                return f"{samples:.0f} of {expected} scrapes in the last minute"
        return None


def _signal(lab: Lab, number: signal.Signals) -> None:
    process = lab.child("prometheus").pid
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, number)
