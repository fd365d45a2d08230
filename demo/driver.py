import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli.client import ApiClient
from demo.dashboard import PROMETHEUS, connector, prometheus_connector
from demo.incident import Incident, draw
from demo.judge import judge
from demo.mission import DemoMission
from demo.monitoring.monitoring import Monitoring
from demo.shop.process import ShopProcess
from runtime.bootstrap import FILE
from runtime.local.actuators import ShopTarget
from runtime.local.private_files import private_directory, write_private
from runtime.local.stack import LocalStack
from runtime.local.state import StackState
from runtime.local_settings import DemoAnswer, DemoSettings

NORMAL_S = 25.0
"""How long the shop runs normally before something breaks: what is normal must be known."""
FELT_S = 20.0
"""How long customers suffer before somebody types the prompt."""


NORMALLY = "the shop runs normally"
SUFFERING = "something happens; customers begin to call"


class Demo:
    """The stack and the shop beside it."""

    def __init__(self, settings: DemoSettings, console: Console) -> None:
        self._settings = settings
        self._console = console
        self.data = private_directory(settings.ops_agent_data)
        self._shop: ShopProcess | None = None
        self._monitoring: Monitoring | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[StackState, ShopProcess]]:
        """Everything started; stopped whatever happens."""
        stack = LocalStack(self.data, self._say, self._settings.chromium)
        self.stack = stack
        try:
            private_directory(self.data / "logs")
            secret = stack.secrets.get("shop-actions")
            write_private(self.data / "shop-actions.secret", secret)
            shop = await self._open(stack.ports.reserve("shop"))
            self._say(f"the shop is open at {shop.url}")
            self._monitoring = Monitoring(self.data, stack.ports, self._say)
            await self._monitoring.watch(shop.url)
            state = await stack.start(ShopTarget(shop.url, secret))
            async with ApiClient.local(self.data, "approver") as admin:
                await admin.send("POST", "/api/dashboards", connector(shop.url))
                url = self._monitoring.prometheus_url
                known = (await admin.get("/api/dashboards"))["dashboards"]
                if url is not None or any(one["name"] == PROMETHEUS for one in known):
                    await admin.send("POST", "/api/dashboards", prometheus_connector(url))
            yield state, shop
        finally:
            if self._monitoring is not None:
                await self._monitoring.stop()
            if self._shop is not None:
                await self._shop.stop()
            await stack.stop()

    @property
    def shop(self) -> ShopProcess:
        """The one that is open now. RuntimeError where none is."""
        if self._shop is None:
            raise RuntimeError("The shop is closed.")
        return self._shop

    @property
    def monitoring(self) -> Monitoring:
        """What watches the shop. RuntimeError where nothing runs."""
        if self._monitoring is None:
            raise RuntimeError("Nothing watches the shop.")
        return self._monitoring

    async def reopen(self) -> None:
        """Another shop where the last one was: nothing is wrong with it yet, and it knows no past."""
        await self.shop.stop()
        shop = await self._open(urlsplit(self.shop.url).port or 0)
        await self.monitoring.watch(shop.url)

    async def _open(self, port: int) -> ShopProcess:
        self._shop = await ShopProcess.start(
            self.data / "shop",
            self.data / "shop-actions.secret",
            port=port,
            log=self.data / "logs" / "shop.log",
        )
        return self._shop

    def _draw(self) -> Incident:
        asked = self._settings
        return draw(asked.fault, asked.seed, decoys=asked.decoys)

    def _say(self, line: str) -> None:
        self._console.print(line, style="dim", highlight=False, markup=False)

    async def once(self) -> int:
        """One incident, one mission, one judgement."""
        incident = self._draw()
        self._console.print(f"FAULT={self._settings.fault} SEED={incident.seed}", highlight=False)
        async with self.running() as (state, shop):
            self._console.print(
                f"servers answered after {state.servers_s} s, everything after {state.everything_s} s"
            )
            await self.break_shop(shop, incident)
            if firing := await self.monitoring.firing():
                self._say(f"Alertmanager: {', '.join(firing)}")
            told = await DemoMission(self.data, self._settings.approve, self._console).run()
            effects = self.effects()
        answer = self._settings.approve
        if answer is DemoAnswer.ASK:
            answer = DemoAnswer.NO if told["outcome"] == "denied" else DemoAnswer.YES
        wrong = judge(incident, answer, told, effects)
        for line in wrong:
            self._console.print(f"not right: {line}", style="red", highlight=False, markup=False)
        decoys = [one.decoy.to_json() for one in incident.decoys]
        fault = incident.fault.to_json() | ({"decoys": decoys} if decoys else {})
        print(json.dumps({"fault": fault, **told}))
        return 1 if wrong else 0

    async def stay(self) -> int:
        """Starts all, breaks the shop where FAULT says so, and stays until it is told to stop."""
        async with self.running() as (state, shop):
            self._console.print(
                f"Console   {state.api_url}\n          sign in as the people of {self.data / FILE}\n"
                f"API       {state.api_url}/docs\n"
                f"Temporal  {state.temporal_ui_url}\nShop      {shop.url}"
            )
            if self.monitoring.prometheus_url:
                self._console.print(f"Prometheus  {self.monitoring.prometheus_url}")
            self._console.print('Now: ops-agent mission "Customers report slow and failing checkouts."')
            if "fault" in self._settings.model_fields_set:
                incident = self._draw()
                self._console.print(f"FAULT={self._settings.fault} SEED={incident.seed}", highlight=False)
                await self.break_shop(shop, incident)
                self._console.print("Customers suffer.")
            await asyncio.Event().wait()  # until somebody stops us
        return 0

    async def break_shop(self, shop: ShopProcess, incident: Incident, normal_s: float = NORMAL_S) -> None:
        """Lets it run normally since it opened, throws the switch, and lets customers suffer.

        Decoys come at their own times, some before the fault and some after.
        """
        onset = shop.opened_at + normal_s + incident.onset_s
        for planned in incident.decoys:
            if planned.after_onset_s is None:
                await shop.distract(planned.decoy)
        timed = [
            (onset + one.after_onset_s, one.decoy) for one in incident.decoys if one.after_onset_s is not None
        ]
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            for at, decoy in timed:
                if at < onset:
                    await _pass(progress, NORMALLY, at - time.time())
                    await shop.distract(decoy)
            await _pass(progress, NORMALLY, onset - time.time())
            await shop.inject(incident.fault)
            felt = time.time() + FELT_S
            for at, decoy in timed:
                if at >= onset:
                    await _pass(progress, SUFFERING, at - time.time())
                    await shop.distract(decoy)
            await _pass(progress, SUFFERING, felt - time.time())

    def effects(self) -> list[dict[str, Any]]:
        """What was really done to the open shop, by its own append-only record."""
        return _effects(self.data / "shop" / "effects.jsonl", self.shop.opened_at)


async def _pass(progress: Progress, words: str, seconds: float) -> None:
    """Time itself is what is waited for: samples of each second are the incident's history."""
    seconds = max(0.0, seconds)
    task = progress.add_task(words, total=seconds)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(0.25, left))
        progress.update(task, completed=seconds - max(0.0, end - time.monotonic()))


def _effects(file: Path, opened_at: float) -> list[dict[str, Any]]:
    """What was really done to this shop since it opened (epoch seconds), by its own append-only record."""
    if not file.exists():
        return []
    records = [json.loads(line) for line in file.read_text().splitlines()]
    return [one for one in records if datetime.fromisoformat(one["time"]).timestamp() >= opened_at]
