import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TextIO
from uuid import UUID, uuid4

from rich.console import Console

from cli.client import ApiClient
from cli.follow import Follower, approval_asked
from cli.show import EventPrinter, approval_card
from demo.judge import PROMPT
from missions.event import Proposed
from missions.event_view import EventView
from runtime.local_settings import DemoAnswer


class Approver(Protocol):
    """Decides about an approval instead of a person at the terminal."""

    def answer(self, card: dict[str, Any]) -> tuple[bool, str]:
        """Whether to approve this approval's card, with the reason."""
        ...


class DemoMission:
    """One mission of two people: the operator starts and watches it, the approver decides.

    `events` are the mission's; `asked_after_s` is the time from the prompt to the first question, in seconds.
    """

    def __init__(
        self, data: Path, answer: DemoAnswer | Approver, console: Console, prompt: str = PROMPT
    ) -> None:
        self._data = data
        self._answer = answer
        self._console = console
        self._prompt = prompt
        self._waited_s = 0.0
        self.events: list[EventView] = []
        self.asked_after_s: float | None = None

    async def run(self) -> dict[str, Any]:
        """Runs the mission to its end; returns the demo's last line without the fault."""
        began = time.monotonic()
        async with ApiClient.local(self._data, "operator") as operator:
            body = {"prompt": self._prompt}
            started = await operator.send("POST", "/api/missions", body, {"Idempotency-Key": str(uuid4())})
            mission_id = started["missionId"]
            printer, follower = EventPrinter(self._console), Follower(operator, mission_id)
            async for event in follower.events():
                printer.show(event)
                self.events.append(event)
                if (approval_id := approval_asked(event)) is not None:
                    if self.asked_after_s is None:
                        self.asked_after_s = round(time.monotonic() - began, 1)
                    await self._decide(approval_id)
            report = await self._report(operator, mission_id)
        mission = follower.mission
        payloads = [event.payload for event in self.events]
        actions = [payload.proposal.action for payload in payloads if isinstance(payload, Proposed)]
        self._console.print(f"report: {report}")
        return {
            "mission": mission_id,
            "verdict": mission.verdict,
            "cause": mission.service,
            "action": f"{actions[0].kind} {actions[0].service}" if actions else None,
            "outcome": mission.outcome,
            "screenshots": sum(ref.kind == "screenshot" for event in self.events for ref in event.artifacts),
            "duration_s": round(time.monotonic() - began - self._waited_s, 1),
        }

    async def _decide(self, approval_id: UUID) -> None:
        """Answers as the approver, unless the approval is answered in the console or the API first."""
        began = time.monotonic()
        async with ApiClient.local(self._data, "approver") as approver:
            card = await approver.get(f"/api/approvals/{approval_id}")
            self._console.print(approval_card(card))
            answer = await self._ask(approver, card)
            if answer is not None:
                agreed, notes = answer
                body = {
                    "status": "APPROVED" if agreed else "DENIED",
                    "notes": notes,
                    "actionHash": card["actionHash"],
                }
                await approver.send("PATCH", f"/api/approvals/{approval_id}/respond", body)
        self._waited_s += time.monotonic() - began

    async def _ask(self, approver: ApiClient, card: dict[str, Any]) -> tuple[bool, str] | None:
        """The answer and its reason; None where the approval was answered elsewhere meanwhile."""
        if not isinstance(self._answer, DemoAnswer):
            return self._answer.answer(card)
        if self._answer is not DemoAnswer.ASK:
            yes = self._answer is DemoAnswer.YES
            return yes, f"Answered for Ada by APPROVE={self._answer}."
        if not sys.stdin.isatty():
            self._console.print("There is no terminal to ask in, so the answer is no: set APPROVE=yes.")
            return False, "There was no terminal to ask in."
        self._console.print(
            "[yellow]You are Ada, the second person. Approve exactly this? Type yes or no:[/]"
        )
        line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        with _reading(sys.stdin, line):
            while not line.done():
                await asyncio.wait({line}, timeout=1)
                if (await approver.get(f"/api/approvals/{card['id']}"))["status"] != "PENDING":
                    self._console.print("The approval was answered elsewhere.")
                    return None
        text = line.result().strip().lower()
        return text in ("y", "yes"), f"Ada typed {text!r}."

    async def _report(self, client: ApiClient, mission_id: str) -> Path | None:
        folder = self._data / "reports" / mission_id
        names = {"report": "report.html", "report-markdown": "report.md"}
        for artifact in (ref for event in self.events for ref in event.artifacts if ref.kind in names):
            folder.mkdir(parents=True, exist_ok=True)
            content = await client.download(str(artifact.id))
            (folder / names[artifact.kind]).write_bytes(content)
        return folder / "report.html" if folder.exists() else None


@contextlib.contextmanager
def _reading(source: TextIO, line: asyncio.Future[str]) -> Iterator[None]:
    """Completes `line` with the next line; unlike input() in a thread, it can be cancelled."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not line.done():
            line.set_result(source.readline())

    loop.add_reader(source, read)
    try:
        yield
    finally:
        loop.remove_reader(source)
