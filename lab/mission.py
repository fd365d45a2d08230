import asyncio
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli.client import ApiError
from demo.judge_run import unapproved
from demo.mission import Approver, DemoMission
from lab.customers import CustomerReport, NotCalmError
from lab.driver import LabRun
from lab.faults.fault import NotConfirmedError
from lab.faults.truth import Truth
from lab.incident import LabIncident
from lab.judgement import LabResult
from lab.operations.change import PRODUCT, Change
from lab.platform import Lab
from missions.errors import OpsError
from missions.event import Diagnosed
from runtime.local_settings import DemoAnswer

USUAL_S = 60.0
RECOVERY_S = 60.0
"""How long the system may take, after the mission, to be as usual."""


class LabMission:
    """One incident on the running lab and one mission about it.

    `usual` is how customers are served without a fault; without it, it is measured before the injection.
    """

    def __init__(self, run: LabRun, lab: Lab, console: Console, usual: CustomerReport | None = None) -> None:
        self.usual = usual
        self._run = run
        self._lab = lab
        self._console = console

    async def run(self, incident: LabIncident, answer: DemoAnswer | Approver, calm_s: float) -> LabResult:
        """Waits out `calm_s`, injects and confirms the fault, and runs the mission with the fault's prompt.

        NotConfirmedError where the system does not show the fault. The fault is not lifted.
        """
        began = time.time()
        fault, operations = incident.fault, self._lab.operations
        for decoy in sorted(incident.decoys, key=lambda decoy: -decoy.before_s):
            await self._wait("the shop runs normally", began + calm_s - decoy.before_s)
            await decoy.carry_out(operations)
        await self._wait("the shop runs normally", began + calm_s)
        if self.usual is None:
            self.usual = self._run.customers(self._lab).report(USUAL_S)
            self._run.print(f"customers are served as usual: {self.usual}")
        await fault.inject(self._lab)
        onset = time.time()
        self._run.print(f"injected; the system shows: {await fault.confirm(self._lab)}")
        await self._wait("something happens; customers begin to call", onset + incident.wait_s)
        asked = time.time()
        mission = DemoMission(self._run.data, answer, self._console, fault.prompt)
        summary: dict[str, Any] = {"mission": None, "verdict": None, "cause": None, "action": None}
        summary |= {"outcome": "failed"}
        try:
            summary = await mission.run()
        except (RuntimeError, OpsError, ApiError, OSError) as error:
            self._run.print(f"the mission could not be followed: {error}")
        seconds = round(time.time() - asked, 1) if mission.asked_after_s is None else mission.asked_after_s
        summary |= {"type": _claimed_type(mission), "seconds": seconds}
        changes = tuple(change for change in operations.changes(asked) if change.who in PRODUCT)
        return LabResult(
            fault.truth(None if fault.healthy else onset),
            summary,
            changes,
            recovered=bool(changes) and await self._recovered(incident),
            unapproved=await unapproved(self._run.data, _effects(changes)),
        )

    async def _recovered(self, incident: LabIncident) -> bool:
        """By the fault's own evidence and the customers, not by the product."""
        try:
            await incident.fault.confirm_cured(self._lab, limit_s=RECOVERY_S)
            await self._run.customers(self._lab).calm(self.usual, RECOVERY_S)
        except (NotConfirmedError, NotCalmError) as error:
            self._run.print(f"not recovered: {error}")
            return False
        return True

    async def _wait(self, description: str, until: float) -> None:
        """Waits with a progress bar. No condition could replace the time: it fills the metrics' history."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(description, total=max(0.0, until - time.time()))
            while (left := until - time.time()) > 0:
                await asyncio.sleep(min(0.5, left))
                progress.advance(task, min(0.5, left))


def _claimed_type(mission: DemoMission) -> str | None:
    """The type of incident that the last diagnosis names."""
    payloads = [event.payload for event in mission.events if isinstance(event.payload, Diagnosed)]
    cause = payloads[-1].diagnosis.cause if payloads else None
    return cause.incident_type if cause else None


def _effects(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [{"key": change.key, "service": change.service, "action": change.kind} for change in changes]


def summary_line(result: LabResult) -> dict[str, Any]:
    """The last line of `make lab`: the demo's, with the truth and what the lab's own measures say."""
    truth: Truth = result.truth
    return {
        "fault": truth.kind,
        "truth": truth.model_dump(mode="json"),
        **result.summary,
        "done": [str(action) for action in result.actions],
        "recovered": result.recovered,
    }
