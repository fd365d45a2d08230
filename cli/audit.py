"""`ops-agent audit`: verifies that the audit trail was not changed."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from missions.errors import OpsError
from runtime.owner_settings import AuditSettings
from runtime.settings import load

audit = typer.Typer(no_args_is_help=True)
console = Console()
Org = Annotated[
    str | None, typer.Option(help="Only this organization; default: all, and the system's chain.")
]


@audit.callback()
def trail() -> None:
    """The audit trail."""


@audit.command()
def verify(org: Org = None) -> None:
    """Compute every hash again (DATABASE_URL; S3_* for the checkpoints) and name the first bad entry.

    Exit code 1 if a chain is broken, or gone before its time.
    """
    from cli.trail import verified  # imports for a second what no other command needs

    try:
        results = asyncio.run(verified(load(AuditSettings), org))
    except OpsError as error:
        console.print(f"[red]{error}[/]", highlight=False)
        raise typer.Exit(1) from None
    for trail in results:
        name, bad = trail.chain.org or "system", trail.result.bad
        if bad is not None:
            console.print(f"[red]{name}: broken at entry {bad.seq}: {bad.reason}[/]")
        elif trail.recorded is not None and trail.recorded.dropped_at is not None:
            day = trail.recorded.dropped_at.date()
            console.print(f"{name}: deleted, and its trail was dropped on {day}", highlight=False)
        else:
            suffix = f", {trail.checkpoints} checkpoints agree" if trail.checkpoints else ""
            console.print(f"{name}: {trail.result.entries} entries, whole{suffix}", highlight=False)
    if any(trail.result.bad is not None for trail in results):
        raise typer.Exit(1)
