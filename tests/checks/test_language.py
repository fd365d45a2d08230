"""Names are the field's terms: `docs/decisions/0025-plain-names.md` has the tables of old and new names."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = [
    "activities",
    "adapters",
    "api",
    "bench",
    "cli",
    "demo",
    "migrations",
    "missions",
    "policy",
    "probe",
    "rca",
    "runtime",
    "semantics",
    "servers",
    "stores",
    "workers",
    "workflows",
]
STATES = frozenset({"told", "found", "known", "one", "which", "said"})
"""Variable names that say whether a value is known instead of what it is."""

TOLD = 20
"""How many times the product's code may say "told"."""


def _files(root: Path, package: str) -> Iterator[Path]:
    return (path for path in sorted((root / package).rglob("*.py")) if "node_modules" not in path.parts)


def class_names(root: Path, packages: tuple[str, ...]) -> dict[str, list[str]]:
    """The places where each public class of these packages is defined, by class name."""
    places: dict[str, list[str]] = defaultdict(list)
    for package in packages:
        for path in _files(root, package):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(f"{path.relative_to(root)}:{node.lineno}")
    return places


def variables(source: str) -> list[tuple[str, int]]:
    """Each variable that is bound: assigned, a parameter, a loop's or a pattern's, with its line.

    Fields that classes declare are left out: their names may be on a wire.
    """
    tree = ast.parse(source)
    fields = {
        id(statement.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign)
    }
    bound = []
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if id(node) not in fields:
                bound.append((name, node.lineno))
            case ast.arg(arg=name) | ast.MatchAs(name=str(name)):
                bound.append((name, node.lineno))
    return bound


def defined(source: str) -> Iterator[tuple[str, int]]:
    """Every class and function that a module defines, at any depth, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno


def renamed(root: Path, title: str) -> set[str]:
    """The first column of a table of old names in decision 25; methods with their class are left out."""
    page = (root / "docs/decisions/0025-plain-names.md").read_text()
    section = page.partition(f"\n## {title}\n")[2].partition("\nThese names had")[0].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_a_public_class_name_has_one_meaning(root: Path) -> None:
    """Each public class name is defined only once in all packages of the product."""
    assert {
        name: places for name, places in class_names(root, tuple(PACKAGES)).items() if len(places) > 1
    } == {}


def test_a_second_meaning_is_found(tmp_path: Path) -> None:
    """The check above can fail: the same name in two packages is reported with both places."""
    for package in ("first", "second"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "orders.py").write_text("class Order:\n    pass\n")
    assert class_names(tmp_path, ("first", "second")) == {
        "Order": ["first/orders.py:1", "second/orders.py:1"]
    }


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_variables_name_the_thing(root: Path, package: str) -> None:
    """No variable is named after its state of being known; fields of stored or sent models are exempt."""
    wrong = [
        f"{path.relative_to(root)}:{line} {name}"
        for path in _files(root, package)
        for name, line in variables(path.read_text())
        if name in STATES
    ]
    assert wrong == []


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_renamed_names_are_gone(root: Path, package: str) -> None:
    """No class or function in Python is defined under its old name."""
    old = renamed(root, "Classes") | {
        name for name in renamed(root, "Functions and methods") if "." not in name
    }
    assert {"Stage", "Deed", "unbroken", "doorbell"} <= old, "the tables of decision 25 are read"
    wrong = [
        f"{path.relative_to(root)}:{line} {name}"
        for path in _files(root, package)
        for name, line in defined(path.read_text())
        if name in old
    ]
    assert wrong == []


def test_renamed_modules_are_gone(root: Path) -> None:
    """No file has the path of a renamed module."""
    old = renamed(root, "Modules")
    assert "workflows.stage" in old
    assert [name for name in sorted(old) if (root / f"{name.replace('.', '/')}.py").exists()] == []


def test_the_words_of_the_product_do_not_tell(root: Path) -> None:
    """The product's code uses a specific verb, such as "sent" or "stored", instead of "told"."""
    uses = [
        f"{path.relative_to(root)}: {line.strip()}"
        for package in PACKAGES
        for path in _files(root, package)
        for line in path.read_text().splitlines()
        if re.search(r"\btold\b", line)
    ]
    assert len(uses) < TOLD, uses
