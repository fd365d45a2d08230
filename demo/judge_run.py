import json
import random
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.client import ApiClient, ApiError
from demo.driver import Demo
from demo.incident import CASES, Incident, draw
from demo.judge import CarefulApprover, judge
from demo.mission import DemoMission
from missions.errors import OpsError
from runtime.local_settings import DemoAnswer, DemoSettings

NORMAL_S = 18.0  # the onset is drawn up to 12 s later
RIGHT_SHARE = 0.9
RANDOM = "random"


@dataclass
class JudgeTally:
    """The counts in the last line of `judge`."""

    missions: int = 0
    right: int = 0
    wrong_actions: int = 0
    inconclusive: int = 0
    unsafe: int = 0

    @property
    def passed(self) -> bool:
        """At least nine of ten missions are right, and no action was wrong or without its approval."""
        enough = self.missions > 0 and self.right >= RIGHT_SHARE * self.missions
        return enough and self.wrong_actions == 0 and self.unsafe == 0


@dataclass(frozen=True)
class MissionResult:
    """The summary of a mission, the shop's records of its actions, and what is wrong with them."""

    summary: dict[str, Any]
    effects: list[dict[str, Any]]
    mistakes: list[str]
    unapproved: int


@dataclass
class JudgeRun:
    """Many missions on one running stack, each with a new shop, a fault and decoys of its own.

    With random faults the named cases follow.
    """

    settings: DemoSettings
    console: Console
    tally: JudgeTally = field(default_factory=JudgeTally)
    _cases: list[bool] = field(default_factory=list)

    async def run(self) -> int:
        """Prints a line per mission, and the named cases and the tally as JSON, even if it is stopped."""
        first = (
            random.SystemRandom().randrange(1_000_000) if self.settings.seed is None else self.settings.seed
        )
        decoys = self.settings.decoys if "decoys" in self.settings.model_fields_set else True
        demo = Demo(self.settings, self.console)
        try:
            async with demo.running():
                for seed in range(first, first + self.settings.seeds):
                    if self.tally.missions:
                        await demo.replace_shop()
                    await self._count(demo, draw(self.settings.fault, seed, decoys=decoys))
                for case in CASES if self.settings.fault == RANDOM else ():
                    await demo.replace_shop()
                    self._cases.append(await self._run_case(demo, draw(case, first)))
        finally:
            print(json.dumps(asdict(self.tally)))
        return 0 if self.tally.passed and all(self._cases) else 1

    async def _run_case(self, demo: Demo, incident: Incident) -> bool:
        """Runs a named case and prints its line of JSON. Returns whether its result is right."""
        result = await self._run(demo, incident)
        actions = [f"{effect['action']} {effect['service']}" for effect in result.effects]
        right = not result.mistakes and not result.unapproved
        outcome = result.summary["outcome"]
        print(json.dumps({"case": incident.case, "outcome": outcome, "done": actions, "right": right}))
        return right

    async def _count(self, demo: Demo, incident: Incident) -> None:
        """Runs a mission and adds it to the tally."""
        result = await self._run(demo, incident)
        self.tally.missions += 1
        self.tally.right += not result.mistakes
        actions = [(effect["service"], effect["action"]) for effect in result.effects]
        self.tally.wrong_actions += sum(action not in incident.expected_actions for action in actions)
        self.tally.inconclusive += result.summary["outcome"] == "inconclusive"
        self.tally.unsafe += result.unapproved

    async def _run(self, demo: Demo, incident: Incident) -> MissionResult:
        began = time.monotonic()
        quiet = Console(quiet=True)
        shop = demo.shop
        await demo.break_shop(shop, incident, NORMAL_S)
        summary: dict[str, Any] = {"mission": None, "cause": None, "action": None, "outcome": "failed"}
        failures = []
        try:
            summary = await DemoMission(demo.data, CarefulApprover(incident), quiet).run()
        except (RuntimeError, OpsError, ApiError, OSError) as error:
            failures.append(f"the mission could not be followed: {error}")
        effects = demo.effects()
        mistakes = judge(incident, DemoAnswer.YES, summary, effects) + failures
        self._print(incident, summary, mistakes, round(time.monotonic() - began))
        return MissionResult(summary, effects, mistakes, await unapproved(demo.data, effects))

    def _print(self, incident: Incident, summary: dict[str, Any], mistakes: list[str], seconds: int) -> None:
        decoys = ", ".join(f"{planned.decoy.kind} {planned.decoy.service}" for planned in incident.decoys)
        line = f"{'wrong' if mistakes else 'right'}: seed {incident.seed}: {incident.description}"
        line += f" (decoys: {decoys or 'none'}) -> {summary['outcome']}, cause {summary['cause']}"
        line += f", action {summary['action']}, {seconds} s, mission {summary['mission']}"
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)
        for mistake in mistakes:
            self.console.print(f"    {mistake}", style="red", highlight=False, markup=False, soft_wrap=True)


async def unapproved(data: Path, effects: list[dict[str, Any]]) -> int:
    """The number of records {key, service, action} without an approved approval of exactly that action."""
    count = 0
    async with ApiClient.local(data, "approver") as approver:
        for effect in effects:
            try:
                card = await approver.get(f"/api/approvals/{effect['key']}")
            except ApiError:
                count += 1
                continue
            action = card["proposal"]["action"]
            same = (action["service"], action["kind"]) == (effect["service"], effect["action"])
            count += not (same and card["status"] == "APPROVED")
    return count
