"""docs/security.md names only tests that exist."""

import re
from pathlib import Path

import pytest


def test_every_row_names_tests_that_exist(root: Path) -> None:
    """Every row names at least one test, and every test that it names exists."""
    page = (root / "docs" / "security.md").read_text()
    defined = {
        name
        for path in (root / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    rows = [line for line in page.splitlines() if re.match(r"\| [A-Z]{2}\d", line)]
    assert len(rows) > 20
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= defined, named - defined


ROWS = [
    f"{area}{number}"
    for area, numbers in {
        "AU": range(1, 21),
        "AZ": range(1, 16),
        "AP": range(9, 14),
        "WE": range(1, 12),
        "BR": range(10, 14),
        "LG": range(1, 7),
    }.items()
    for number in numbers
]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_there_with_a_test_of_its_name(root: Path, row: str) -> None:
    """Each row about people, access, the edge and the audit exists, and has a test with its number."""
    page = (root / "docs" / "security.md").read_text()
    (lines,) = [line for line in page.splitlines() if line.startswith(f"| {row} |")]
    assert re.search(rf"`test_(?:\w+_)?{row.lower()}_\w+`", lines)
