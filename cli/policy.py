"""`ops-agent policy`: checks a policy file before it is used."""

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
def lint_file(
    file: File,
    org: Annotated[str | None, typer.Option(help="Only the part that applies to this organization.")] = None,
) -> None:
    """Find rules that never decide, and rules that allow more than they say."""
    complaints = lint(_read(file, load_policy), frozenset(ActionKind), org)
    for complaint in complaints:
        line = f"[yellow]{complaint.fault}[/] {escape(complaint.about)}: {escape(complaint.reason)}"
        console.print(line, soft_wrap=True)
    console.print(f"{len(complaints)} complaints")
    if complaints:
        raise typer.Exit(1)


@policy.command(name="test")
def test_file(file: File, cases: Cases) -> None:
    """Evaluate the policy in each case, and compare the decision with the expected one."""
    tested = _read(file, load_policy)
    trials = [run_case(tested, case) for case in _read(cases, load_cases)]
    table = Table("case", "effect", "rule", "severity", "")
    for trial in trials:
        decision, faults = trial.decision, "; ".join(trial.faults)
        table.add_row(
            escape(trial.case.name),
            decision.effect,
            escape(decision.rule),
            decision.severity.name.lower(),
            f"[red]{escape(faults)}[/]" if faults else "[green]as expected[/]",
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
    """The first mistake and its location."""
    if not isinstance(error, ValidationError):
        return "it is not UTF-8"
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]
