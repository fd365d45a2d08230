"""Injects faults, and checks by the system itself that they are felt, and cured by their cures only."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.faults.fault import Fault, NotConfirmedError
from lab.faults.logs import Since
from lab.faults.measures import edge_answers
from lab.faults.registry import FAULTS, draw_fault
from lab.faults.truth import LabAction
from lab.platform import Lab
from lab.topology import LabNetwork
from missions.plan import ActionKind
from runtime.local_settings import LabSettings

CALM_S = 12.0
CALM_LIMIT_S = 90.0
STILL_FELT_S = 60.0


@dataclass
class FaultResult:
    """What was seen of one fault. `wrong` is empty where everything is as its truth says."""

    kind: str
    place: str
    confirmed: str = ""
    cured: list[str] = field(default_factory=list)
    not_cured: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def perform(lab: Lab, action: LabAction) -> None:
    """Does what an operator would do. OperationError."""
    match action.kind:
        case ActionKind.RESTART:
            await lab.operations.restart(action.service)
        case ActionKind.ROLLBACK:
            await lab.operations.rollback(action.service)
        case ActionKind.SCALE:
            replicas = int((await lab.operations.state(action.service))["replicas"])
            await lab.operations.scale(action.service, replicas + 1)


async def await_calm(lab: Lab) -> None:
    """Waits until customers were served without a failure for 12 s. NotConfirmedError after 90 s."""
    began = since = Since.now(lab.run / "logs")
    while since.age < CALM_S or not edge_answers(since).count:
        await asyncio.sleep(1)
        if edge_answers(since).failed:
            since = Since.now(lab.run / "logs")
        if began.age > CALM_LIMIT_S:
            raise NotConfirmedError("the lab does not come to rest")


class FaultCheck:
    """One fault on a running lab that is calm."""

    def __init__(self, lab: Lab, fault: Fault) -> None:
        self._lab, self._fault = lab, fault
        self.result = FaultResult(fault.kind, fault.detail)

    async def run(self) -> FaultResult:
        """Injects, confirms, tries what does not help and then each cure, lifts, and waits for calm."""
        began = time.monotonic()
        try:
            await self._check()
        except Exception as error:  # noqa: BLE001  the other faults are still to be checked
            self.result.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            await self._fault.lift(self._lab)
        try:
            await await_calm(self._lab)
        except NotConfirmedError as error:
            self.result.wrong.append(str(error))
        self.result.seconds = time.monotonic() - began
        return self.result

    async def _check(self) -> None:
        fault, lab = self._fault, self._lab
        await fault.inject(lab)
        self.result.confirmed = await fault.confirm(lab)
        if fault.does_not_help:
            await self._try_without_effect(fault.does_not_help[0])
        if fault.kind == "two-faults":
            for action in fault.helps:
                await perform(lab, action)
            await self._confirm_cured("both actions")
        for index, action in enumerate(() if fault.kind == "two-faults" else fault.helps):
            if index:  # the one before has cured it
                await fault.lift(lab)
                await fault.inject(lab)
                await fault.confirm(lab)
            await perform(lab, action)
            await self._confirm_cured(str(action))

    async def _confirm_cured(self, name: str) -> None:
        seconds = await self._fault.confirm_cured(self._lab)
        self.result.cured.append(f"{name} ({seconds:.0f} s)")

    async def _try_without_effect(self, action: LabAction) -> None:
        """The action is done, and the fault is still felt afterwards."""
        await perform(self._lab, action)
        self._fault.since = since = Since.now(self._lab.run / "logs")
        while await self._fault.shown(self._lab, since) is None:
            if since.age > max(STILL_FELT_S, self._fault.confirm_s):
                self.result.wrong.append(f"{action} helped")
                return
            await asyncio.sleep(1)
        self.result.not_cured.append(str(action))


class FaultTable:
    """Runs many checks on one lab, and prints a line for each and the table at the end."""

    def __init__(self, console: Console, seed: int) -> None:
        self._console, self._seed = console, seed
        self._results: list[FaultResult] = []
        self._left_out: dict[str, str] = {}

    async def run(self, lab: Lab, kinds: list[str]) -> int:
        """The exit code: 1 if a fault that this machine can run is not as its truth says."""
        try:
            await await_calm(lab)
            for kind in kinds or list(FAULTS):
                fault = draw_fault(kind, self._seed)
                if (reason := fault.possible()) is not None:
                    self._left_out[kind] = reason
                    continue
                result = await FaultCheck(lab, fault).run()
                self._results.append(result)
                self._print(f"{kind}: {result.place}: {result.confirmed or 'not confirmed'}")
                for mistake in result.wrong:
                    self._print(f"    wrong: {mistake}")
        finally:
            self._console.print(self._table())
            print(json.dumps(self._summary()))
        return 1 if any(result.wrong for result in self._results) else 0

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _summary(self) -> dict[str, Any]:
        return {
            "kinds": len(self._results) + len(self._left_out),
            "confirmed": sum(bool(result.confirmed) for result in self._results),
            "wrong": {result.kind: result.wrong for result in self._results if result.wrong},
            "left_out": self._left_out,
        }

    def _table(self) -> Table:
        table = Table("kind", "place", "confirmed by", "cured by", "not cured by", "s")
        for result in self._results:
            cured, not_cured = ", ".join(result.cured), ", ".join(result.not_cured)
            cells = (result.kind, result.place, result.confirmed or "-", cured or "-", not_cured or "-")
            table.add_row(*map(escape, cells), f"{result.seconds:.0f}")
        return table


async def check_faults(settings: LabSettings, console: Console, kinds: list[str]) -> int:
    """Checks these kinds, or all of them, on a lab of its own. ValueError for an unknown kind."""
    if unknown := set(kinds) - FAULTS.keys():
        raise ValueError(f"There is no fault {', '.join(sorted(unknown))}. Faults: {', '.join(FAULTS)}.")
    lab = Lab(settings.ops_agent_data, LabNetwork(settings.network), console.print)
    async with lab.running():
        return await FaultTable(console, settings.seed or 0).run(lab, kinds)
