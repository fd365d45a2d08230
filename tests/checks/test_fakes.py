"""Each fake runs through the contract suite of its port, as does the real implementation."""

import ast
import importlib
import inspect
import re
from pathlib import Path

from activities import ports

SHARED = {"ApprovalDesk": "approval", "Ledger": "approval"}
"""Ports whose suite has another name, because both work on the same row."""
WIRED = "memory_world"
"""The module with the fakes of all ports: a suite that imports it need not run on each of them."""


def port_names() -> list[str]:
    """Every Protocol of activities/ports.py."""
    return [name for name, port in vars(ports).items() if getattr(port, "_is_protocol", False)]


def methods(class_: type) -> set[str]:
    """Its public methods."""
    return {name for name, _ in inspect.getmembers(class_, inspect.isfunction) if not name.startswith("_")}


def implemented(class_: type) -> list[str]:
    """The ports whose methods this class has, except those that are a part of another of these ports."""
    wanted = {name: methods(getattr(ports, name)) for name in port_names()}
    fitting = {name: names for name, names in wanted.items() if names and names <= methods(class_)}
    return [name for name, names in fitting.items() if not any(names < other for other in fitting.values())]


def imports(file: Path) -> set[str]:
    """The modules that a file imports, and the names that it imports from modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name for alias in aliases}
            case ast.ImportFrom(module=str(module), names=aliases):
                names |= {module, *(alias.name for alias in aliases)}
    return names


def suite_of(port: str, contracts: Path) -> Path:
    """The file of a port's contract suite."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", port).lower()
    return contracts / f"test_{SHARED.get(port, snake)}_contract.py"


def under_contract(class_name: str, suite: Path, fakes: Path) -> bool:
    """Whether the suite imports the fake, itself or through a module of tests/fakes."""
    if not suite.is_file():
        return False
    direct = imports(suite)
    helpers = [fakes / f"{name}.py" for name in direct - {WIRED}]
    return class_name in direct.union(*(imports(file) for file in helpers if file.is_file()))


def fakes_and_ports(fakes: Path) -> list[tuple[str, str]]:
    """Each Memory… class of a module memory_….py with each port that it implements."""
    return [
        (name, port)
        for file in sorted(fakes.glob("memory_*.py"))
        for name, class_ in vars(importlib.import_module(file.stem)).items()
        if name.startswith("Memory") and class_.__module__ == file.stem
        for port in implemented(class_)
    ]


def test_every_fake_is_under_a_contract(root: Path) -> None:
    """Each fake of a port has a contract suite that runs on it."""
    fakes, contracts = root / "tests" / "fakes", root / "tests" / "contracts"
    pairs = fakes_and_ports(fakes)
    assert {"MemoryJournal", "MemoryLedger", "MemoryObserver"} <= {name for name, _ in pairs}
    bare = [
        f"{name}: {suite_of(port, contracts).name}"
        for name, port in pairs
        if not under_contract(name, suite_of(port, contracts), fakes)
    ]
    assert bare == []


def test_a_fake_without_a_contract_is_reported(tmp_path: Path) -> None:
    """A fake is reported if its suite is missing, or does not import it."""
    suite = tmp_path / "test_journal_contract.py"
    assert suite_of("Journal", tmp_path) == suite
    assert not under_contract("MemoryJournal", suite, tmp_path)
    suite.write_text("from memory_world import MemoryWorld\n")
    (tmp_path / "memory_world.py").write_text("from memory_journal import MemoryJournal\n")
    assert not under_contract("MemoryJournal", suite, tmp_path)
    suite.write_text("from memory_journal import MemoryJournal\n")
    assert under_contract("MemoryJournal", suite, tmp_path)


def test_a_class_that_lacks_a_method_implements_nothing() -> None:
    """A class that lacks one of a port's methods does not implement the port."""

    class Half:
        async def append(self, org: str) -> None:
            raise NotImplementedError

    assert implemented(Half) == []
