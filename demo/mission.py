import asyncio
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console

from cli.client import ApiClient
from cli.follow import Follower
from cli.show import StepPrinter, approval_card
from demo.judge import PROMPT
from runtime.settings import Answer


class DemoMission:
    """One mission as its people live it: the operator asks and watches, another person answers."""

    def __init__(self, data: Path, answer: Answer, console: Console) -> None:
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
                if step["title"].startswith("Waiting for"):
                    await self._decide(step["data"]["approvalId"])
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
            agreed, notes = await self._ask()
            body = {
                "status": "APPROVED" if agreed else "DENIED",
                "notes": notes,
                "actionHash": card["actionHash"],
            }
            if card["status"] == "PENDING":
                await approver.send("PATCH", f"/api/approvals/{approval_id}/respond", body)
        self._waited_s += time.monotonic() - began

    async def _ask(self) -> tuple[bool, str]:
        if self._answer is not Answer.ASK:
            yes = self._answer is Answer.YES
            return yes, f"APPROVE={self._answer} said so for Ada."
        if not sys.stdin.isatty():
            self._console.print(
                "Nobody can be asked here (no terminal), so nothing is done: APPROVE=yes answers."
            )
            return False, "Nobody could be asked."
        question = "[yellow]You are Ada, the second person. Approve exactly this? Type yes or no:[/] "
        said = await asyncio.to_thread(self._console.input, question)
        return said.strip().lower() in ("y", "yes"), f"Ada typed {said.strip()!r}."

    async def _report(self, client: ApiClient, mission_id: str, steps: list[dict[str, Any]]) -> Path | None:
        folder = self._data / "reports" / mission_id
        names = {"report": "report.html", "report-markdown": "report.md"}
        for artifact in (one for step in steps for one in step["artifacts"] if one["kind"] in names):
            folder.mkdir(parents=True, exist_ok=True)
            content = await client.download(artifact["id"])
            (folder / names[artifact["kind"]]).write_bytes(content)
        return folder / "report.html" if folder.exists() else None
