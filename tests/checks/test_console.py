"""The console agrees with the API; this is checked without a build."""

import json
import re
from pathlib import Path

from api.openapi import digest

STATES = "told|found|known|one|which|said"
BOUND = re.compile(rf"\b(?:const|let) (?:{STATES})\b|\((?:{STATES})[,:)]")


def test_the_client_is_generated_from_this_api(root: Path) -> None:
    """The console's types are generated from the current OpenAPI document, by `make client`."""
    first = (root / "console/src/api/schema.d.ts").read_text().partition("\n")[0]
    assert first.split()[-1] == digest(), "the API changed: run `make client` and commit the result"


def test_we8_the_consoles_lock_names_no_registry(root: Path) -> None:
    """The console's lock names no registry, and pins every package by its hash."""
    packages = json.loads((root / "console/package-lock.json").read_text())["packages"]
    assert {name for name, package in packages.items() if "resolved" in package} == set()
    assert {
        name
        for name, package in packages.items()
        if name and not package.get("inBundle") and "integrity" not in package
    } == set()


def test_we1_the_console_writes_no_markup(root: Path) -> None:
    """No source of the console can turn text into HTML or script."""
    forbidden = re.compile(r"dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|document\.write|\beval\(")
    sources = [*(root / "console/src").rglob("*.ts"), *(root / "console/src").rglob("*.tsx")]
    assert len(sources) > 20
    assert [path.name for path in sources if forbidden.search(path.read_text())] == []
    rules = json.loads((root / "console/biome.json").read_text())["linter"]["rules"]
    assert rules["security"]["noDangerouslySetInnerHtml"] == "error"


def test_variables_of_the_console_name_the_thing(root: Path) -> None:
    """As in Python, a variable is named after its content, not after its state of being known."""
    assert BOUND.search("rows.map((one) => one.id)")
    assert BOUND.search("const told = await response.json()")
    folders = (root / "console/src", root / "console/tests")
    sources = [path for folder in folders for path in folder.rglob("*.ts*") if path.name != "schema.d.ts"]
    assert [path.name for path in sources if BOUND.search(path.read_text())] == []
