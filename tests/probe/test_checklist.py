"""A part of the probe that fails, or does not run, is a violation."""

import asyncio
import json
from typing import Any

import pytest
from rich.console import Console

from probe.checks import Checklist


@pytest.fixture
def checks() -> Checklist:
    return Checklist(Console(quiet=True))


async def test_a_part_that_raises_is_a_violation(checks: Checklist) -> None:
    """What was recorded before stays; the error is in the violation's text."""

    async def part() -> None:
        checks.record("AZ2", "a check", expected="0", seen=0, ok=True)
        raise ValueError("no such thing")

    await checks.run("AZ1", "a part", 10, part())
    (violation,) = checks.violations
    assert (violation.id, violation.seen) == ("AZ1", "ValueError: no such thing")
    assert len(checks.checks) == 2


async def test_a_part_that_takes_too_long_is_a_violation(checks: Checklist) -> None:
    """A part has a time limit."""
    await checks.run("AZ1", "an endless part", 0.01, asyncio.Event().wait())
    assert [check.id for check in checks.violations] == ["AZ1"]


async def test_the_last_line_counts_the_violations(checks: Checklist) -> None:
    """One JSON object with their number and their names; the table shows all checks."""
    checks.record("AZ2", "right", expected="0", seen="[red]", ok=True)
    checks.record("AZ4", "wrong", expected="0", seen=3, ok=False)
    line: dict[str, Any] = json.loads(checks.last_line(1.23))
    assert (line["checks"], line["violations"], line["names"]) == (2, 1, ["AZ4 wrong"])
    assert checks.table().row_count == 2
