"""A terminal shows text from outside as text, whatever it contains."""

import json
import re
from io import StringIO
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest
import samples as sample
from rich.console import Console

import cli.main
from cli.client import ApiClient
from cli.show import EventPrinter, approval_card, comparison_table
from missions.approval import ApprovalStatus, VoteChoice
from missions.event import Acted, CancelRequested, Closed, Decided, Diagnosed, Event, Payload, Verified
from missions.mission import Outcome, Status
from missions.participant import Participant, ParticipantRole
from missions.step import StepType, step_type_of
from missions.verification import Comparison, ProofPlan, Recovery, Verification

OURS = re.compile(r"\x1b\[[0-9;]*m")
"""The colour codes that rich writes."""
HOSTILE = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m\x90q\x9c",
    "[/x]",
    "[/]",
    "[red]text[/red]",
    "[link=http://evil.example]text[/link]",
    "[bold",
    "[red]\\",
    "\\[red]\\\\",
    "\u202eevil\u202c \u2066x\u2069 \u200b\u200f",
    "a\rb\bc\x00d\x7f",
    "# [x](http://evil.example) ![y](http://evil.example) <b> ```python\n[/x]\n```",
    "",
]


class Screen:
    """A terminal, and its contents."""

    def __init__(self) -> None:
        self._file = StringIO()
        self.console = Console(file=self._file, force_terminal=True, width=200)

    @property
    def text(self) -> str:
        """The output without our colours; asserts that it contains no other control characters."""
        printed = OURS.sub("", self._file.getvalue())
        assert all(line.isprintable() or line == "\n" for line in printed), repr(printed)
        return printed


@pytest.fixture
def screen() -> Screen:
    return Screen()


def event(payload: Payload) -> Event:
    return Event(
        mission_id=UUID(int=1), seq=1, key=payload.key, actor="agent", at=sample.NOON, payload=payload
    )


def comparison(text: str) -> Comparison:
    return Comparison(
        id="1",
        service=text,
        metric=text,
        unit=text,
        normal=1.0,
        incident=2.0,
        after=None,
        recovery=Recovery.RECOVERED,
    )


def verified(text: str) -> Verified:
    verification = Verification(recovery=Recovery.RECOVERED, reason=text, comparisons=(comparison(text),))
    return Verified(approval_id=UUID(int=2), verification=verification)


def cancelled(text: str) -> CancelRequested:
    return CancelRequested(person=UUID(int=3), name=text)


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_an_event_is_shown_as_it_is(screen: Screen, text: str) -> None:
    """Titles, details and metrics of each step type cause no error, command or colour."""
    printer = EventPrinter(screen.console)
    diagnosis = sample.diagnosis().model_copy(update={"summary": text})
    receipt = sample.receipt().model_copy(update={"detail": text})
    decided = Decided(
        approval_id=UUID(int=2),
        person=UUID(int=3),
        name=text,
        answer=VoteChoice.DENIED,
        notes=text,
        status=ApprovalStatus.DENIED,
    )
    payloads: tuple[Payload, ...] = (
        verified(text),
        Diagnosed(diagnosis=diagnosis),
        decided,
        Acted(approval_id=UUID(int=2), receipt=receipt),
        Closed(status=Status.FAILED, outcome=Outcome.FAILED, reason=text),
        cancelled(text),
    )
    for payload in payloads:
        printer.show(event(payload))
    assert {step_type_of(payload) for payload in payloads} == set(StepType)
    assert screen.text.count("SYSTEM") == 1


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_a_comparison_is_shown_as_it_is(screen: Screen, text: str) -> None:
    """Names and units from dashboards are shown as text."""
    screen.console.print(comparison_table([comparison(text)]))
    assert "recovered" in screen.text


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_an_approval_is_shown_as_it_is(screen: Screen, text: str) -> None:
    """No text on an approval card can hide another line of the card."""
    action = sample.proposal().action.model_copy(
        update={"service": text, "environment": text, "params": {text: text}}
    )
    proposal = sample.proposal(
        action=action,
        reason=text,
        diff=({"field": text, "now": text, "proposed": text},),
        blast_radius=text,
        rollback=text,
        verification=text,
        evidence=(text,),
    )
    verdict = sample.verdict().model_copy(update={"reason": text, "rule": text})
    participant = Participant(person=sample.REQUESTER, name=text, role=ParticipantRole.STEERED)
    card = sample.approval(
        proposal=proposal, verdict=verdict, requester_name=text, later_participants=(participant,)
    )
    screen.console.print(approval_card(json.loads(card.model_dump_json(by_alias=True))))
    assert "proof" not in screen.text
    lines = (
        "what",
        "blast radius",
        "risk",
        "evidence",
        "why",
        "undo",
        "asked by",
        "may not decide",
        "agreed",
    )
    for line in (*lines, "hash"):
        assert line in screen.text


@pytest.mark.parametrize(
    ("window", "seconds", "words"),
    [
        (300, 415, "about 7 minutes: query window 5 minutes, then 5 samples every 15 seconds; no undo"),
        (0, 20, "about 1 minute: 5 samples every 15 seconds; no undo"),
    ],
)
def test_an_approval_says_how_long_the_proof_takes(
    screen: Screen, window: float, seconds: float, words: str
) -> None:
    """As in the console: the approver knows when the result is due."""
    proof = ProofPlan(seconds=seconds, query_window_seconds=window, step_seconds=15, samples=5)
    card = sample.approval(proposal=sample.proposal(proof=proof))
    screen.console.print(approval_card(json.loads(card.model_dump_json(by_alias=True))))
    assert words in screen.text


@pytest.mark.parametrize("recovery", Recovery)
def test_each_result_of_a_comparison_has_words(screen: Screen, recovery: Recovery) -> None:
    """In plain words, and with a colour of its own kind."""
    screen.console.print(comparison_table([comparison("x").model_copy(update={"recovery": recovery})]))
    assert recovery.replace("_", " ") in screen.text


@pytest.mark.parametrize("text", ["[/x]", "[red]text[/red]"])
def test_brackets_stay(screen: Screen, text: str) -> None:
    """Markup in text from outside is shown, not interpreted."""
    EventPrinter(screen.console).show(event(cancelled(text)))
    screen.console.print(comparison_table([comparison(text)]))
    assert screen.text.count(text) == 1 + 2 + 2


class ListClient(ApiClient):
    """An API with one mission."""

    def __init__(self, title: str) -> None:
        super().__init__("http://127.0.0.1:9", "a@b.c", "password")
        self._title = title

    async def get(self, path: str, **_: str | int) -> dict[str, Any]:
        assert path == "/api/missions"
        return {"missions": [{"id": "m", "status": "FAILED", "outcome": None, "title": self._title}]}


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
async def test_a_list_of_missions_is_shown_as_it_is(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A mission's title, the beginning of its prompt, is shown as text."""
    monkeypatch.setattr(cli.main, "console", screen.console)
    await cli.main._missions(ListClient(text))
    assert screen.text.startswith("m  FAILED")


async def test_a_list_of_missions_says_what_is_only_so_far(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recovery that a later look may reopen is marked; outcomes are in plain words."""
    client = ListClient("x")
    rows = [
        {
            "id": "a",
            "status": "COMPLETED",
            "outcome": "recovered",
            "title": "x",
            "looksAgainAt": "2026-03-01",
        },
        {"id": "b", "status": "COMPLETED", "outcome": "still_bad_elsewhere", "title": "x"},
    ]
    monkeypatch.setattr(client, "get", AsyncMock(return_value={"missions": rows}))
    monkeypatch.setattr(cli.main, "console", screen.console)
    await cli.main._missions(client)
    first, second = screen.text.splitlines()
    assert first == "a  COMPLETED         recovered so far    x"
    assert second == "b  COMPLETED         still bad elsewhere x"
