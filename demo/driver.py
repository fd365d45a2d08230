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
from demo.targets import shop_targets
from runtime.bootstrap import FILE
from runtime.local.private_files import private_directory, write_private
from runtime.local.stack import LocalStack
from runtime.local.state import StackState
from runtime.local_settings import DemoAnswer, DemoSettings
from runtime.topology import ORG

NORMAL = "the shop runs normally"
IMPACT = "something happens; customers begin to call"


class Demo:
    """The stack, the shop beside it, and one or more missions."""

    def __init__(self, settings: DemoSettings, console: Console) -> None:
        self._settings = settings
        self._console = console
        self.data = private_directory(settings.ops_agent_data)
        self._shop: ShopProcess | None = None
        self._monitoring: Monitoring | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[StackState, ShopProcess]]:
        """Starts everything, and stops it at the exit."""
        stack = LocalStack(self.data, self._print, self._settings.chromium, quiet_browser=True)
        self.stack = stack
        try:
            private_directory(self.data / "logs")
            secret_file = self.data / "shop-actions.secret"
            write_private(secret_file, stack.secrets.get("shop-actions"))
            port = stack.ports.reserve("shop")
            state = await stack.start(shop_targets(f"http://127.0.0.1:{port}", secret_file, ORG))
            # Beside a stack that starts, the shop would be slow: its history begins afterwards.
            shop = await self._open_shop(port)
            self._print(f"the shop is open at {shop.url}")
            self._monitoring = Monitoring(self.data, stack.ports, self._print)
            await self._monitoring.watch(shop.url)
            async with ApiClient.local(self.data, "approver") as admin:
                await admin.send("POST", "/api/dashboards", connector(shop.url))
                url = self._monitoring.prometheus_url
                dashboards = (await admin.get("/api/dashboards"))["dashboards"]
                if url is not None or PROMETHEUS in {dashboard["name"] for dashboard in dashboards}:
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
        """The running shop. RuntimeError without one."""
        if self._shop is None:
            raise RuntimeError("The shop is not running.")
        return self._shop

    @property
    def monitoring(self) -> Monitoring:
        """The shop's Prometheus and Alertmanager. RuntimeError before the start."""
        if self._monitoring is None:
            raise RuntimeError("The monitoring is not running.")
        return self._monitoring

    async def replace_shop(self) -> None:
        """Starts a new shop on the same port: without a fault and without history."""
        await self.shop.stop()
        shop = await self._open_shop(urlsplit(self.shop.url).port or 0)
        await self.monitoring.watch(shop.url)

    async def _open_shop(self, port: int) -> ShopProcess:
        self._shop = await ShopProcess.start(
            self.data / "shop",
            self.data / "shop-actions.secret",
            port=port,
            log=self.data / "logs" / "shop.log",
        )
        return self._shop

    def _draw(self) -> Incident:
        settings = self._settings
        return draw(settings.fault, settings.seed, decoys=settings.decoys)

    def _print(self, line: str) -> None:
        self._console.print(line, style="dim", highlight=False, markup=False)

    async def run_once(self) -> int:
        """Runs one incident and one mission, and checks the result. Returns the exit code."""
        incident = self._draw()
        self._console.print(f"FAULT={self._settings.fault} SEED={incident.seed}", highlight=False)
        async with self.running() as (state, shop):
            self._console.print(
                f"servers answered after {state.servers_s} s, everything after {state.everything_s} s"
            )
            await self.break_shop(shop, incident)
            if firing := await self.monitoring.firing():
                self._print(f"Alertmanager: {', '.join(firing)}")
            summary = await DemoMission(self.data, self._settings.approve, self._console).run()
            effects = self.effects()
        answer = self._settings.approve
        if answer is DemoAnswer.ASK:
            answer = DemoAnswer.NO if summary["outcome"] == "denied" else DemoAnswer.YES
        mistakes = judge(incident, answer, summary, effects)
        for mistake in mistakes:
            self._console.print(f"wrong: {mistake}", style="red", highlight=False, markup=False)
        decoys = [planned.decoy.to_json() for planned in incident.decoys]
        fault = incident.fault.to_json() | ({"decoys": decoys} if decoys else {})
        print(json.dumps({"fault": fault, **summary}))
        return 1 if mistakes else 0

    async def run_until_stopped(self) -> int:
        """Starts everything, breaks the shop if FAULT is set, and runs until a signal stops it."""
        async with self.running() as (state, shop):
            self._console.print(
                f"Console   {state.api_url}\n          sign in as the people of {self.data / FILE}\n"
                f"API       {state.api_url}/docs\n"
                f"Temporal  {state.temporal_ui_url}\nShop      {shop.url}"
            )
            if self.monitoring.prometheus_url:
                self._console.print(f"Prometheus  {self.monitoring.prometheus_url}")
            if "fault" in self._settings.model_fields_set:
                incident = self._draw()
                drawn = f"FAULT={self._settings.fault} SEED={incident.seed}"
                self._console.print(f"{drawn}: the shop runs normally for a while first", highlight=False)
                await self.break_shop(shop, incident)
                self._console.print("The fault is in force.")
            self._console.print('Now: ops-agent mission "Customers report slow and failing checkouts."')
            await asyncio.Event().wait()
        return 0

    async def break_shop(self, shop: ShopProcess, incident: Incident, normal_s: float | None = None) -> None:
        """Waits out the normal phase, injects the fault and waits until customers have felt it.

        Each decoy is added at its own time, before the fault or after it.
        """
        normal_s = self._settings.normal_seconds if normal_s is None else normal_s
        onset = shop.opened_at + normal_s + incident.onset_s
        for planned in incident.decoys:
            if planned.after_onset_s is None:
                await shop.add_decoy(planned.decoy)
        timed = [
            (onset + planned.after_onset_s, planned.decoy)
            for planned in incident.decoys
            if planned.after_onset_s is not None
        ]
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            for at, decoy in timed:
                if at < onset:
                    await _wait(progress, NORMAL, at - time.time())
                    await shop.add_decoy(decoy)
            await _wait(progress, NORMAL, onset - time.time())
            await shop.inject(incident.fault)
            end = time.time() + self._settings.impact_seconds
            for at, decoy in timed:
                if at >= onset:
                    await _wait(progress, IMPACT, at - time.time())
                    await shop.add_decoy(decoy)
            await _wait(progress, IMPACT, end - time.time())

    def effects(self) -> list[dict[str, Any]]:
        """The actions on the running shop, from its own append-only record."""
        return _effects(self.data / "shop" / "effects.jsonl", self.shop.opened_at)


async def _wait(progress: Progress, description: str, seconds: float) -> None:
    """Waits with a progress bar. No condition could replace the time: it fills the metrics' history."""
    seconds = max(0.0, seconds)
    task = progress.add_task(description, total=seconds)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(0.25, left))
        progress.update(task, completed=seconds - max(0.0, end - time.monotonic()))


def _effects(file: Path, opened_at: float) -> list[dict[str, Any]]:
    """The records of a shop that was opened at this time (epoch seconds)."""
    if not file.exists():
        return []
    records = [json.loads(line) for line in file.read_text().splitlines()]
    return [record for record in records if datetime.fromisoformat(record["time"]).timestamp() >= opened_at]
