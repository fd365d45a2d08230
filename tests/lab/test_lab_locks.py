import json
import re
from pathlib import Path

REQUIREMENT = re.compile(r"^([a-z0-9.-]+)==\S+", re.MULTILINE)
DECLARED = re.compile(r"^([A-Za-z0-9.-]+)", re.MULTILINE)


def test_every_python_requirement_is_pinned_and_hashed(root: Path) -> None:
    """Each entry of the lab's lock is one version with hashes, and the file names no address."""
    lock = (root / "lab" / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE).strip())
    assert [entry for entry in entries if not REQUIREMENT.match(entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in lock
    assert "index-url" not in lock


def test_every_declared_python_requirement_is_locked(root: Path) -> None:
    """`lab/requirements.in` and the lock belong together."""
    declared = set(DECLARED.findall((root / "lab" / "requirements.in").read_text()))
    locked = set(REQUIREMENT.findall((root / "lab" / "requirements.lock").read_text()))
    assert declared
    assert declared - locked == set()


def test_every_npm_package_is_hashed(root: Path) -> None:
    """The storefront's lock has a hash for each package, no address, and what package.json asks for."""
    storefront = root / "lab" / "services" / "storefront"
    packages = json.loads((storefront / "package-lock.json").read_text())["packages"]
    wanted = json.loads((storefront / "package.json").read_text())["dependencies"]
    locked = {name: package for name, package in packages.items() if name}
    assert [name for name, package in locked.items() if "integrity" not in package] == []
    assert [name for name, package in locked.items() if "resolved" in package] == []
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert "omit-lockfile-registry-resolved=true" in (storefront / ".npmrc").read_text().splitlines()
