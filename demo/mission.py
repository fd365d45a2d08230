import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from rich.console import Console

from cli.client import ApiClient
from cli.follow import Follower, asks
from cli.show import StepPrinter, approval_card
from demo.judge import PROMPT, CarefulPerson
from runtime.local_settings import DemoAnswer


class DemoMission:
    """One mission as its people live it: the operator asks and watches, another person answers."""

    def __init__(self, data: Path, answer: DemoAnswer | CarefulPerson, console: Console) -> None:
        self._data = data
        self._answer = answer
        self._console = console
        self._waited_s = 0.0

    async def run(self) -> dict[str, Any]:
        """Runs it to its end; returns the demo's last line without the fault."""
        began = time.monotonic()
        async with ApiClient.local(self._data, "operator") as operator:
            body = {"prompt": PROMPT}
            started = await operator.send("POST", "/api/missions", body, {"Idempotency-Key": str(uuid4())})
            mission_id = started["missionId"]
            printer, follower, steps = StepPrinter(self._console), Follower(operator, mission_id), []
            async for step in follower.steps():
                printer.show(step)
                steps.append(step)
                if (approval_id := asks(step)) is not None:
                    await self._decide(approval_id)
            report = await self._report(operator, mission_id, steps)
        mission = follower.mission
        proposed = next(
            (step for step in steps if step["type"] == "REMEDIATION" and "proposal" in step["data"]), None
        )
        action = proposed["data"]["proposal"]["action"] if proposed else None
        self._console.print(f"report: {report}")
        return {
            "mission": mission_id,
            "verdict": mission["verdict"],
            "cause": mission["service"],
            "action": f"{action['kind']} {action['service']}" if action else None,
            "outcome": mission["outcome"],
            "screenshots": sum(one["kind"] == "screenshot" for step in steps for one in step["artifacts"]),
            "duration_s": round(time.monotonic() - began - self._waited_s, 1),
        }

    async def _decide(self, approval_id: str) -> None:
        """As the second person: a click in the console, a call of the API, or here."""
        began = time.monotonic()
        async with ApiClient.local(self._data, "approver") as approver:
            card = await approver.get(f"/api/approvals/{approval_id}")
            self._console.print(approval_card(card))
            said = await self._ask(approver, card)
            if said is not None:
                agreed, notes = said
                body = {
                    "status": "APPROVED" if agreed else "DENIED",
                    "notes": notes,
                    "actionHash": card["actionHash"],
                }
                await approver.send("PATCH", f"/api/approvals/{approval_id}/respond", body)
        self._waited_s += time.monotonic() - began

    async def _ask(self, approver: ApiClient, card: dict[str, Any]) -> tuple[bool, str] | None:
        """The answer and its reason; None where somebody answered elsewhere meanwhile."""
        if isinstance(self._answer, CarefulPerson):
            return self._answer.answer(card)
        if self._answer is not DemoAnswer.ASK:
            yes = self._answer is DemoAnswer.YES
            return yes, f"APPROVE={self._answer} said so for Ada."
        if not sys.stdin.isatty():
            self._console.print(
                "Nobody can be asked here (no terminal), so nothing is done: APPROVE=yes answers."
            )
            return False, "Nobody could be asked."
        self._console.print(
            "[yellow]You are Ada, the second person. Approve exactly this? Type yes or no:[/]"
        )
        line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        with _reading(sys.stdin, line):
            while not line.done():
                await asyncio.wait({line}, timeout=1)
                if (await approver.get(f"/api/approvals/{card['id']}"))["status"] != "PENDING":
                    self._console.print("Somebody answered elsewhere.")
                    return None
        said = line.result().strip().lower()
        return said in ("y", "yes"), f"Ada typed {said!r}."

    async def _report(self, client: ApiClient, mission_id: str, steps: list[dict[str, Any]]) -> Path | None:
        folder = self._data / "reports" / mission_id
        names = {"report": "report.html", "report-markdown": "report.md"}
        for artifact in (one for step in steps for one in step["artifacts"] if one["kind"] in names):
            folder.mkdir(parents=True, exist_ok=True)
            content = await client.download(artifact["id"])
            (folder / names[artifact["kind"]]).write_bytes(content)
        return folder / "report.html" if folder.exists() else None


@contextlib.contextmanager
def _reading(source: TextIO, line: asyncio.Future[str]) -> Iterator[None]:
    """Completes `line` with the next line; unlike input() in a thread, it can be given up."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not line.done():
            line.set_result(source.readline())

    loop.add_reader(source, read)
    try:
        yield
    finally:
        loop.remove_reader(source)
