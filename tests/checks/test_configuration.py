"""The documented settings are those that the code reads."""

from pathlib import Path

import pytest

from runtime.configuration import EXAMPLES, PROCESSES, example, page
from runtime.production import SAMPLE
from runtime.topology import PROCESSES as TOPOLOGY
from runtime.topology import Process


def entries(root: Path) -> dict[str, str]:
    lines = (root / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_page_and_the_example_are_up_to_date(root: Path) -> None:
    """The committed page and example are current: `make configuration` would change nothing."""
    assert (root / "docs" / "configuration.md").read_text() == page()
    assert (root / ".env.example").read_text() == example((root / "docker-compose.yml").read_text())


def test_every_secret_of_the_example_is_a_sample(root: Path) -> None:
    """Every secret of the example has the mark that production refuses, and is long enough."""
    secrets = {name: value for name, value in entries(root).items() if name not in EXAMPLES}
    assert len(secrets) > 10
    assert all(value.startswith(SAMPLE) and len(value) >= 24 for value in secrets.values())
    assert all(len(secrets[name]) >= 32 for name in ("JWT_SECRET", "SEAL_SECRET"))


@pytest.mark.parametrize("process", TOPOLOGY, ids=lambda process: process.name)
def test_a_process_is_given_what_it_requires_and_nothing_unknown(process: Process) -> None:
    """The topology gives each process the variables that it requires, and none that its settings lack."""
    assert {row.name for row in TOPOLOGY} == set(PROCESSES)
    variables, fields = set(process.variables), PROCESSES[process.name].model_fields
    assert {name.upper() for name, field in fields.items() if field.is_required()} <= variables
    assert variables <= {field.upper() for field in fields}
