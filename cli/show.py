from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape as escape_markup
from rich.panel import Panel
from rich.table import Table

from missions.quantity import quantity


def escape(text: object) -> str:
    """Foreign text for a terminal: no markup, nothing unprintable (escape codes, bidi) but line ends."""
    return escape_markup(printable(text))


def printable(text: object) -> str:
    """The text with a replacement character for what is not printable."""
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in str(text))


STYLE = {
    "OBSERVATION": "cyan",
    "RCA": "magenta",
    "REMEDIATION": "yellow",
    "ACTION": "bold green",
    "ERROR": "bold red",
    "SYSTEM": "dim",
}


class StepPrinter:
    """Prints steps as they come: time since the start, what, how long, and the evidence behind it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begin: datetime | None = None

    def show(self, step: dict[str, Any]) -> None:
        """One step, with what a person wants to see of it."""
        at = datetime.fromisoformat(step["at"])
        self._begin = self._begin or at
        took = f" [dim]{step['durationMs'] / 1000:.1f} s[/]" if step.get("durationMs") else ""
        style = STYLE.get(step["type"], "")
        since = (at - self._begin).total_seconds()
        head = f"[dim]{since:6.1f} s[/] [{style}]{step['type']:<11}[/] {escape(step['title'])}{took}"
        self._console.print(head, highlight=False)
        if step["type"] == "RCA":
            self._console.print(
                Panel(Markdown(printable(step["detail"]), hyperlinks=False), border_style="magenta")
            )
            return
        if step["detail"]:
            self._console.print(f"[dim]{' ' * 21}{escape(step['detail'])}[/]", highlight=False)
        comparisons = step["data"].get("comparisons") if step["data"] else None
        if comparisons:
            self._console.print(comparison_table(comparisons))


def comparison_table(comparisons: Iterable[dict[str, Any]]) -> Table:
    """Normal, incident and after, side by side."""
    table = Table(box=None, padding=(0, 1))
    for heading in ("service", "metric", "normal", "incident", "after", ""):
        table.add_column(heading, overflow="fold")
    for one in comparisons:
        numbers = (escape(quantity(one[name], one["unit"])) for name in ("normal", "incident", "after"))
        colour = "green" if one["recovery"] == "recovered" else "red"
        table.add_row(
            escape(one["service"]), escape(one["metric"]), *numbers, f"[{colour}]{one['recovery']}[/]"
        )
    return table


def approval_card(approval: dict[str, Any]) -> Panel:
    """What an approver must know, in the order in which it matters."""
    proposal, action = approval["proposal"], approval["proposal"]["action"]
    rows = Table.grid(padding=(0, 2))
    words = f"{action['kind']} {action['service']} in {action['environment']}"
    rows.add_row("what", f"[bold]{escape(words)}[/] {escape(str(action['params'] or ''))}")
    for one in proposal["diff"]:
        rows.add_row(escape(one["field"]), escape(f"{one['now']} → {one['proposed']}"))
    for one in proposal["changed"]:
        rows.add_row("changed since", escape(f"{one['field']}: {one['now']} → {one['proposed']}"))
    rows.add_row("blast radius", escape(proposal["blastRadius"]))
    rows.add_row("dry run", escape(proposal["dryRun"] or "–"))  # noqa: RUF001  the typographer's dash
    rows.add_row("risk", f"{approval['risk']} ({escape(approval['verdict']['reason'])})")
    rows.add_row("evidence", escape(", ".join(proposal["evidence"])))
    rows.add_row("why", escape(proposal["reason"]))
    rows.add_row("undo", escape(proposal["rollback"]))
    for other in proposal["alternatives"]:
        rows.add_row("or", escape(f"{other['words']} ({other['confidence']:.0%}: {other['reason']})"))
    rows.add_row("asked by", escape(approval["requesterName"]))
    rows.add_row(
        "agreed", f"{sum(v['answer'] == 'APPROVED' for v in approval['votes'])} of {approval['quorum']}"
    )
    if group := approval["verdict"]["group"]:
        rows.add_row("asks first", escape(f"{group}; everybody by now" if approval["widenedAt"] else group))
    if approval["gateway"]:
        rows.add_row("gateway", escape(approval["veto"] or approval["gateway"]))
    rows.add_row("decide by", approval["decideBy"])
    rows.add_row("hash", f"[dim]{approval['actionHash'][:16]}…[/]")
    return Panel(rows, title=f"Approval {approval['id']} · {approval['status']}", border_style="yellow")
