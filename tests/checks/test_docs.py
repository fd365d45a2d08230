"""README, CONTRIBUTING and docs/ refer to files that exist, and explain every library."""

import os
import re
import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
EXTERNAL = re.compile(r"[a-z]+:")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[\w.*-]+(?:/[\w.*-]+)*/[\w.*-]*|[\w-]+\.(?:py|md|json|toml|yml|lock)")
"""What looks like a path in backticks: it has a slash, or ends like a file of this repository."""

CREATED = ("var/", "api/console/", "evidence/", "videos/", "prints/")
"""Folders that a build or a run creates, and prefixes in S3."""

IGNORED = {".git", ".venv", "node_modules", "var", "__pycache__"}

SAMPLES = {"actuators.json", "policy.json", "cases.json"}
"""Files that a reader creates; the pages give them example names."""


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def _repository() -> frozenset[str]:
    """Every file and folder, as `/folder/file`, without what git ignores."""
    entries = set[str]()
    for folder, folders, files in os.walk(ROOT):
        place = Path(folder)
        folders[:] = [name for name in folders if name not in IGNORED]
        entries |= {f"/{(place / name).relative_to(ROOT).as_posix()}" for name in (*folders, *files)}
    return frozenset(entries)


def _exists(path: str, entries: frozenset[str]) -> bool:
    """Whether the path, which may be a pattern or only the end of a path, is in the repository."""
    if path.startswith(CREATED) or path in SAMPLES:
        return True
    pattern = f"*/{path.rstrip('/')}"
    return any(fnmatchcase(entry, pattern) for entry in entries)


def _prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    """Each link to a file or a heading of this repository resolves."""
    dead = []
    for target in LINK.findall(page.read_text()):
        if EXTERNAL.match(target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_backticks_exist(page: Path) -> None:
    """Each file or folder that the text names in backticks exists."""
    entries = _repository()
    paths = {code for code in CODE.findall(_prose(page)) if PATH.fullmatch(code)}
    assert sorted(path for path in paths if not _exists(path, entries)) == []


def _name(requirement: str) -> str:
    """The normalized name of a package."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~ ;]", requirement, maxsplit=1)[0]).lower()


def test_every_library_is_explained() -> None:
    """Decision 10 lists each direct dependency, and no package that the lock does not have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    declared = {_name(entry) for group in groups for entry in group if isinstance(entry, str)}
    rows = [
        line.split("|")
        for line in (ROOT / "docs" / "decisions" / "0010-libraries.md").read_text().splitlines()
        if line.startswith("| ")
    ]
    listed = {_name(code) for row in rows for code in CODE.findall(row[2]) if " " not in code}
    locked = {
        _name(line)
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if re.match(r"[a-z0-9]", line)
    }
    assert {name for name in declared if not name.startswith("types-")} - listed == set()
    assert listed - locked == set()
