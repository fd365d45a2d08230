import json
import time
from dataclasses import asdict, dataclass, field

import httpx
import psycopg
from rich.console import Console

from lab.customers import CustomerReport, NotCalmError
from lab.driver import LabRun
from lab.faults.fault import NotConfirmedError
from lab.incident import LabIncident, draw, impossible_faults
from lab.judgement import LabApprover, LabResult, LabTally
from lab.mission import LabMission
from lab.operations.operations import OperationError
from lab.platform import Lab
from runtime.local_settings import LabSettings

CALM_WITHIN_S = 120.0
ATTEMPTS = 2
"""A busy machine can keep a fault from being felt, or customers of a healthy lab from usual service."""
ERRORS = (NotConfirmedError, OperationError, httpx.HTTPError, psycopg.Error)
"""Why an incident does not count: the system did not show it, or could not be changed or asked."""


@dataclass
class LabJudgeRun:
    """Many missions on one running lab and stack, each with a fault and decoys of its own."""

    settings: LabSettings
    console: Console
    tally: LabTally = field(default_factory=LabTally)
    _usual: CustomerReport | None = None

    async def run(self) -> int:
        """Prints a line for each mission and the tally as JSON, even if it is stopped."""
        settings = self.settings
        for kind, reason in impossible_faults().items():
            self._print(f"left out: {kind}: {reason}")
        draw(settings.fault, settings.first, decoys=True)  # an unknown kind is refused before the start
        began = time.monotonic()
        run = LabRun(settings, self.console)
        try:
            async with run.running() as (lab, _):
                for seed in range(settings.first, settings.first + settings.seeds):
                    for _ in range(ATTEMPTS):
                        incident = draw(settings.fault, seed, decoys=True)
                        if await self._run_one(run, lab, incident):
                            break
        finally:
            seconds = time.monotonic() - began
            self._print(f"{self.tally.missions} missions in {seconds:.0f} s, starting included")
            print(json.dumps(asdict(self.tally)))
        return 0 if self.tally.passed else 1

    async def _run_one(self, run: LabRun, lab: Lab, incident: LabIncident) -> bool:
        """Runs a mission, lifts its fault, and waits for calm. Returns whether it counts."""
        began = time.monotonic()
        await run.customers(lab).calm(self._usual, CALM_WITHIN_S)
        mission = LabMission(run, lab, Console(quiet=True), self._usual)
        answer = LabApprover(incident.fault.truth())
        result: LabResult | None = None
        try:
            result = await mission.run(incident, answer, self.settings.calm_seconds)
        except ERRORS as error:
            self._print(f"not counted: {incident}: {error}")
        else:
            self.tally.add(result)
            self._show(incident, result, round(time.monotonic() - began))
        finally:
            await incident.fault.lift(lab)
        self._usual = mission.usual
        await self._calm(run, lab)
        return result is not None

    async def _calm(self, run: LabRun, lab: Lab) -> None:
        """Brings the initial releases and scale back and waits for usual service.

        Where that is not enough, every service is restarted once. NotCalmError.
        """
        await lab.operations.restore()
        try:
            await run.customers(lab).calm(self._usual, CALM_WITHIN_S)
        except NotCalmError as error:
            self._print(f"{error}; every service is restarted")
            for service in lab.operations.services:
                await lab.operations.restart(service)
            await run.customers(lab).calm(self._usual, CALM_WITHIN_S)

    def _show(self, incident: LabIncident, result: LabResult, seconds: int) -> None:
        mistakes, summary = result.mistakes(), result.summary
        line = f"{'wrong' if mistakes else 'right'}: {incident} -> {summary['outcome']}"
        line += f", cause {summary['cause']} ({summary['type']}), action {summary['action']}"
        line += f", {summary['seconds']:g} s to the question, {seconds} s, mission {summary['mission']}"
        self._print(line)
        for mistake in mistakes:
            self.console.print(f"    {mistake}", style="red", highlight=False, markup=False, soft_wrap=True)

    def _print(self, line: str) -> None:
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)
