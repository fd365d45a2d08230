"""What `make probe` checked: each check with its row of docs/security.md, and the result."""

import asyncio
import json
import time
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Made = TypeVar("Made")
SEEN_CHARACTERS = 300
NEEDED = "AZ1"
"""The row of what every part needs: the stack, the organizations and their people."""


@dataclass(frozen=True)
class ProbeCheck:
    """One check: the id of its row in docs/security.md, what was expected, and what was seen."""

    id: str
    name: str
    expected: str
    seen: str
    ok: bool


class Checklist:
    """Collects checks and prints each one. A part that stops early is a violation, never skipped."""

    def __init__(self, console: Console, only: frozenset[str] = frozenset()) -> None:
        """`only`: the rows whose parts run, for a quick look at one of them; empty for all."""
        self.only = only
        self.checks: list[ProbeCheck] = []
        self.seconds: dict[str, float] = {}
        self._console = console

    def wants(self, *rows: str) -> bool:
        """Whether a part with one of these rows runs. What all parts need has the row NEEDED."""
        return not self.only or not self.only.isdisjoint(rows) or NEEDED in rows

    def record(self, row: str, name: str, *, expected: str, seen: object, ok: bool) -> None:
        """Adds one check."""
        check = ProbeCheck(row, name, expected, str(seen)[:SEEN_CHARACTERS], ok)
        self.checks.append(check)
        style = "green" if ok else "red"
        line = f"{'ok   ' if ok else 'WRONG'} {row:5} {name}" + ("" if ok else f": {check.seen}")
        self._console.print(line, style=style, highlight=False, markup=False, soft_wrap=True)

    async def run(self, row: str, name: str, seconds: float, work: Awaitable[Made]) -> Made | None:
        """Runs one part for at most `seconds`, and returns what it made.

        An error in it is a violation of this row; then the result is None. It is not run if only other rows
        are wanted.
        """
        if not self.wants(row):
            if isinstance(work, Coroutine):
                work.close()
            return None
        self._console.print(name, style="dim", highlight=False, markup=False)
        began = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                return await work
        except Exception as error:  # noqa: BLE001  whatever it is, the check could not run
            lines = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]
            if isinstance(error, BaseExceptionGroup):
                lines += [repr(each) for each in error.exceptions]
            self.record(row, f"{name} ran to its end", expected="no error", seen=" | ".join(lines), ok=False)
            return None
        finally:
            self.seconds[name] = round(time.monotonic() - began, 1)

    @property
    def violations(self) -> list[ProbeCheck]:
        """The checks that failed."""
        return [check for check in self.checks if not check.ok]

    def table(self) -> Table:
        """All checks, in order."""
        table = Table("id", "check", "expected", "seen", "ok", title="make probe", show_lines=False)
        for check in self.checks:
            row = (check.id, check.name, check.expected, check.seen, "yes" if check.ok else "NO")
            table.add_row(*map(_plain, row), style=None if check.ok else "red")
        return table

    def last_line(self, seconds: float) -> str:
        """The result as one JSON object."""
        names = [f"{check.id} {check.name}" for check in self.violations]
        return json.dumps(
            {
                **({"only": sorted(self.only)} if self.only else {}),
                "checks": len(self.checks),
                "violations": len(names),
                "names": names,
                "seconds": round(seconds, 1),
                "parts": self.seconds,
            },
            ensure_ascii=False,
        )


def _plain(text: str) -> str:
    """The text without rich's markup."""
    return text.replace("[", r"\[")
