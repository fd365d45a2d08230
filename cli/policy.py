"""`ops-agent policy`: what a policy file says, before it is used."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from cli.show import escape
from missions.plan import ActionKind
from policy.cases import load_cases, run_case
from policy.linting import lint
from policy.rules import load_policy

policy = typer.Typer(no_args_is_help=True)
console = Console()
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The policy, JSON.")]
Cases = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The table of cases, JSON.")
]
Read = TypeVar("Read")


@policy.command(name="lint")
def lint_file(file: File) -> None:
    """Find rules that never decide, and rules that allow more than they say."""
    complaints = lint(_read(file, load_policy), frozenset(ActionKind))
    for one in complaints:
        console.print(f"[yellow]{one.fault}[/] {escape(one.about)}: {escape(one.reason)}", soft_wrap=True)
    console.print(f"{len(complaints)} complaints")
    if complaints:
        raise typer.Exit(1)


@policy.command(name="test")
def test_file(file: File, cases: Cases) -> None:
    """Ask the policy what it says in each case, and compare with what is expected."""
    asked = _read(file, load_policy)
    trials = [run_case(asked, case) for case in _read(cases, load_cases)]
    table = Table("case", "effect", "rule", "severity", "")
    for trial in trials:
        verdict, told = trial.decision, "; ".join(trial.faults)
        table.add_row(
            escape(trial.case.name),
            verdict.effect,
            escape(verdict.rule),
            verdict.severity.name.lower(),
            f"[red]{escape(told)}[/]" if told else "[green]as expected[/]",
        )
    console.print(table)
    wrong = sum(bool(trial.faults) for trial in trials)
    console.print(f"{len(trials) - wrong} as expected, {wrong} not")
    if wrong or not trials:  # a table without cases proves nothing
        raise typer.Exit(1)


def _read(path: Path, load: Callable[[str], Read]) -> Read:
    try:
        return load(path.read_text())
    except (ValidationError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: {_first(error)}") from None


def _first(error: ValueError) -> str:
    """The first mistake, with its place."""
    if not isinstance(error, ValidationError):
        return "it is not UTF-8"
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]
