"""Each check of the probe belongs to a row of docs/security.md."""

import re
from pathlib import Path

ROW = re.compile(r'"((?:AU|AZ|AP|WE|BR|LG)\d+)"')


def test_every_check_has_a_row(root: Path) -> None:
    """Every id that the probe's code names is a row of the page."""
    page = (root / "docs" / "security.md").read_text()
    rows = set(re.findall(r"^\| ([A-Z]{2}\d+) \|", page, re.MULTILINE))
    named = {row for path in (root / "probe").glob("*.py") for row in ROW.findall(path.read_text())}
    assert len(named) > 15
    assert named <= rows, named - rows
