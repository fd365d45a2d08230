from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape as escape_markup
from rich.panel import Panel
from rich.table import Table

from missions.event import Event, Verified
from missions.participant import Participant, ParticipantRole
from missions.quantity import quantity
from missions.step import StepType, step_of
from missions.verification import Comparison, ProofPlan, Recovery
from semantics.plain_text import duration


def escape(text: object) -> str:
    """Foreign text for a terminal: no markup, nothing unprintable (escape codes, bidi) but line ends."""
    return escape_markup(printable(text))


def printable(text: object) -> str:
    """The text with a replacement character for each unprintable one."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in str(text))


STYLE = {
    StepType.OBSERVATION: "cyan",
    StepType.RCA: "magenta",
    StepType.REMEDIATION: "yellow",
    StepType.ACTION: "bold green",
    StepType.ERROR: "bold red",
    StepType.SYSTEM: "dim",
}
COLOUR = {
    Recovery.RECOVERED: "green",
    Recovery.STILL_BAD_ELSEWHERE: "yellow",
    Recovery.NOT_RECOVERED: "red",
    Recovery.UNKNOWN: "yellow",
}


class EventPrinter:
    """Prints events as they come: seconds since the first, type, words, duration and comparisons."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begin: datetime | None = None

    def show(self, event: Event) -> None:
        """Prints one event."""
        step = step_of(event)
        self._begin = self._begin or step.at
        took = f" [dim]{step.duration_ms / 1000:.1f} s[/]" if step.duration_ms else ""
        since = (step.at - self._begin).total_seconds()
        head = f"[dim]{since:6.1f} s[/] [{STYLE[step.type]}]{step.type:<11}[/] {escape(step.title)}{took}"
        self._console.print(head, highlight=False)
        if step.type is StepType.RCA:
            self._console.print(
                Panel(Markdown(printable(step.detail), hyperlinks=False), border_style="magenta")
            )
            return
        if step.detail:
            self._console.print(f"[dim]{' ' * 21}{escape(step.detail)}[/]", highlight=False)
        if isinstance(event.payload, Verified) and event.payload.verification.comparisons:
            self._console.print(comparison_table(event.payload.verification.comparisons))


def comparison_table(comparisons: Iterable[Comparison]) -> Table:
    """Each series in the normal state, during the incident and after the action."""
    table = Table(box=None, padding=(0, 1))
    for heading in ("service", "metric", "normal", "incident", "after", ""):
        table.add_column(heading, overflow="fold")
    for series in comparisons:
        levels = (series.normal, series.incident, series.after)
        numbers = (escape(quantity(level, series.unit)) for level in levels)
        recovery = f"[{COLOUR[series.recovery]}]{series.recovery.replace('_', ' ')}[/]"
        table.add_row(escape(series.service), escape(series.metric), *numbers, recovery)
    return table


def approval_card(approval: dict[str, Any]) -> Panel:
    """What an approver must know, the most important first."""
    proposal, action = approval["proposal"], approval["proposal"]["action"]
    rows = Table.grid(padding=(0, 2))
    place = "".join(f", {kind} {action[kind]}" for kind in ("cluster", "namespace") if action.get(kind))
    words = f"{action['kind']} {action['service']} in {action['environment']}{place}"
    rows.add_row("what", f"[bold]{escape(words)}[/] {escape(str(action['params'] or ''))}")
    for change in proposal["diff"]:
        rows.add_row(escape(change["field"]), escape(f"{change['now']} → {change['proposed']}"))
    for change in proposal["changed"]:
        text = f"{change['field']}: {change['now']} → {change['proposed']}"
        rows.add_row("changed since", escape(text))
    rows.add_row("blast radius", escape(proposal["blastRadius"]))
    rows.add_row("dry run", escape(proposal["dryRun"] or "–"))  # noqa: RUF001  the typographer's dash
    rows.add_row("risk", f"{approval['risk']} ({escape(approval['verdict']['reason'])})")
    rows.add_row("evidence", escape(", ".join(proposal["evidence"])))
    rows.add_row("why", escape(proposal["reason"]))
    rows.add_row("undo", escape(proposal["rollback"]))
    if proof := proposal.get("proof"):
        rows.add_row("proof", _proof_words(ProofPlan.model_validate(proof)))
    for other in proposal["alternatives"]:
        rows.add_row("or", escape(f"{other['words']} ({other['confidence']:.0%}: {other['reason']})"))
    rows.add_row("asked by", escape(approval["requesterName"]))
    everyone = (*approval["participants"], *approval["laterParticipants"])
    for participant in map(Participant.model_validate, everyone):
        if participant.role is not ParticipantRole.REQUESTER:
            rows.add_row("may not decide", escape(participant.words))
    rows.add_row("agreed", f"{approval['agreed']} of {approval['quorum']}")
    if group := approval["verdict"]["group"]:
        rows.add_row("asks first", escape(f"{group}; now everyone" if approval["widenedAt"] else group))
    if approval["gateway"]:
        rows.add_row("gateway", escape(approval["veto"] or approval["gateway"]))
    rows.add_row("decide by", approval["decideBy"])
    rows.add_row("hash", f"[dim]{approval['actionHash'][:16]}…[/]")
    return Panel(rows, title=f"Approval {approval['id']} · {approval['status']}", border_style="yellow")


def _proof_words(proof: ProofPlan) -> str:
    """How long the verification takes until it can prove anything, and why."""
    minutes = max(1, round(proof.seconds / 60))
    window = f"query window {duration(proof.query_window_seconds)}, then " * (proof.query_window_seconds > 0)
    samples = f"{proof.samples} samples every {duration(proof.step_seconds)}"
    return f"takes about {duration(60 * minutes)}: {window}{samples}; no undo is proposed before"
