import ast
import asyncio
import importlib.metadata
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from runtime.topology import ORG
from stores.postgres.migrating import check


async def test_migrations_make_exactly_the_tables(urls: Any) -> None:
    """`alembic check` finds no difference on either branch."""
    await asyncio.to_thread(check, urls.owner, ORG)


def test_no_installed_package_shadows_ours(root: Path) -> None:
    """No other distribution has one of our top-level names: its `workflows` would be imported instead."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    ours = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    owners = importlib.metadata.packages_distributions()
    foreign = {name: set(owners.get(name, ())) - {project["project"]["name"]} for name in ours}
    assert {name: who for name, who in foreign.items() if who} == {}


def test_every_package_is_shipped_and_layered(root: Path) -> None:
    """Each top-level package is in the wheel and in a layer."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    packages = {path.parent.name for path in root.glob("*/__init__.py")}
    assert packages == set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    layered = {
        name.strip()
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers" and "containers" not in contract
        for layer in contract["layers"]
        for name in layer.split("|")
    }
    assert packages - {"migrations"} == layered


BELONGS_TO = {
    "starlette": "fastapi",
    "protobuf": "temporalio",
    "botocore": "boto3",
    "annotated-types": "pydantic",
    "pydantic-core": "pydantic",
}
"""Distributions that a declared one pins, and whose types are in its API."""


OWN_LOCK = ("lab/services", "lab/load")
"""Strangers' software: it runs in an environment of its own, from lab/requirements.lock."""


def test_imported_distributions_are_declared(root: Path) -> None:
    """Each distribution that the product imports is declared in pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    groups = project["dependency-groups"].values()  # the local stack's servers, and types
    lines = [*project["project"]["dependencies"], *(line for group in groups for line in group)]
    declared = {_canonical(re.split(r"[\[<>=!~ ;]", line)[0]) for line in lines if isinstance(line, str)}
    owners = importlib.metadata.packages_distributions()
    undeclared = set()
    for package in packages:
        for path in (root / package).rglob("*.py"):
            if path.relative_to(root).as_posix().startswith(OWN_LOCK):
                continue
            for module in _imported(path):
                names = {_canonical(name) for name in owners.get(module, ())}
                names |= {BELONGS_TO[name] for name in names if name in BELONGS_TO}
                if names and not names & declared and not module.startswith("types_"):  # stubs
                    undeclared.add(f"{path.relative_to(root)}: {module}")
    assert undeclared == set()


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(path: Path) -> set[str]:
    """The top-level modules that a file imports."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            modules.add(node.module.partition(".")[0])
    return modules


def test_no_code_in_init_files(root: Path) -> None:
    """Every `__init__.py` is empty: code is in the file that is named after it."""
    ours = (
        path
        for path in root.glob("*/**/__init__.py")
        if ".venv" not in path.parts and "var" not in path.parts
    )
    assert [str(path) for path in ours if path.read_text().strip()] == []


def test_we8_the_lock_holds_hashes_and_no_addresses(root: Path) -> None:
    """The locks pin every package by its hash and name no index; npm's may have links for donations."""
    lock = (root / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    for folder in ("console", "tests/grafana"):
        packages = json.loads((root / folder / "package-lock.json").read_text())["packages"]
        locked = [package for name, package in packages.items() if name]
        assert [
            package for package in locked if "integrity" not in package and "inBundle" not in package
        ] == []
        assert [package for package in locked if "resolved" in package] == []
