import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli.client import ApiClient
from demo.dashboard import connector
from demo.incident import Incident, draw
from demo.judge import judge
from demo.mission import DemoMission
from demo.shop.process import ShopProcess
from runtime.local.private_files import private_directory, write_private
from runtime.local.stack import LocalStack, Target
from runtime.local.state import StackState
from runtime.settings import Answer, DemoSettings

NORMAL_S = 25.0
"""How long the shop runs normally before something breaks: what is normal must be known."""
FELT_S = 20.0
"""How long customers suffer before somebody types the prompt."""


class Demo:
    """The stack and the shop beside it."""

    def __init__(self, settings: DemoSettings, console: Console) -> None:
        self._settings = settings
        self._console = console
        self._data = private_directory(settings.ops_agent_data)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[StackState, ShopProcess]]:
        """Everything started; stopped whatever happens."""
        stack = LocalStack(self._data, self._say, self._settings.chromium)
        self.stack = stack
        shop = None
        try:
            private_directory(self._data / "logs")
            token = stack.secrets.get("shop-actions")
            token_file = self._data / "shop-actions.token"
            write_private(token_file, token)
            shop = await ShopProcess.start(
                self._data / "shop",
                token_file,
                port=stack.ports.reserve("shop"),
                log=self._data / "logs" / "shop.log",
            )
            self._say(f"the shop is open at {shop.url}")
            state = await stack.start(Target(shop.url, token))
            async with ApiClient.local(self._data, "approver") as admin:
                await admin.send("POST", "/api/dashboards", connector(shop.url))
            yield state, shop
        finally:
            if shop is not None:
                await shop.stop()
            await stack.stop()

    def _say(self, line: str) -> None:
        self._console.print(line, style="dim", highlight=False, markup=False)

    async def once(self) -> int:
        """One incident, one mission, one judgement."""
        incident = draw(self._settings.fault, self._settings.seed)
        self._console.print(f"FAULT={self._settings.fault} SEED={incident.seed}", highlight=False)
        async with self.running() as (state, shop):
            self._console.print(
                f"servers answered after {state.servers_s} s, everything after {state.everything_s} s"
            )
            await self.break_shop(shop, incident)
            told = await DemoMission(self._data, self._settings.approve, self._console).run()
            effects = _effects(self._data / "shop" / "effects.jsonl", shop.opened_at)
        answer = self._settings.approve
        if answer is Answer.ASK:
            answer = Answer.NO if told["outcome"] == "denied" else Answer.YES
        wrong = judge(incident, answer, told, effects)
        for line in wrong:
            self._console.print(f"not right: {line}", style="red", highlight=False, markup=False)
        print(json.dumps({"fault": incident.fault.to_json(), **told}))
        return 1 if wrong else 0

    async def stay(self) -> int:
        """Starts all, breaks the shop where FAULT says so, and stays until it is told to stop."""
        async with self.running() as (state, shop):
            self._console.print(
                f"API       {state.api_url}/docs\nTemporal  {state.temporal_ui_url}\nShop      {shop.url}"
            )
            self._console.print('Now: ops-agent mission "Customers report slow and failing checkouts."')
            if "fault" in self._settings.model_fields_set:
                incident = draw(self._settings.fault, self._settings.seed)
                self._console.print(f"FAULT={self._settings.fault} SEED={incident.seed}", highlight=False)
                await self.break_shop(shop, incident)
                self._console.print("Customers suffer.")
            await asyncio.Event().wait()  # until somebody stops us
        return 0

    async def break_shop(self, shop: ShopProcess, incident: Incident) -> None:
        """Lets it run normally since it opened, throws the switch, and lets customers suffer."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            normal = max(0.0, NORMAL_S + incident.onset_s - (time.time() - shop.opened_at))
            await _pass(progress, "the shop runs normally", normal)
            await shop.inject(incident.fault)
            await _pass(progress, "something happens; customers begin to call", FELT_S)


async def _pass(progress: Progress, words: str, seconds: float) -> None:
    """Time itself is what is waited for: samples of each second are the incident's history."""
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
